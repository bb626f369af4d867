package demo

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	decisionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/decision/v1"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	"github.com/signalbox-io/signalbox/services/cli/demo/verdict"
)

func TestSummarize_ShowsWhatWasReadBackAndTheVerdict(t *testing.T) {
	t.Parallel()
	at := func(minute int) *timestamppb.Timestamp {
		return timestamppb.New(time.Date(2026, 3, 1, 9, minute, 0, 0, time.Local))
	}
	traffic := &eventv1.Event{Source: "website", Payload: &eventv1.Event_Traffic{}}
	anomaly := &eventv1.Event{Source: "anomify-prod", Payload: &eventv1.Event_Anomaly{}}
	var out strings.Builder
	summarize(newNarrator(&out, false, false, time.Now()), verdict.Outcome{
		Events: []*eventv1.Event{traffic, anomaly, traffic},
		Decisions: []*decisionv1.Decision{ // newest first, as lists are
			{Rule: "quiet", Outcome: decisionv1.Outcome_OUTCOME_FIRED, Detail: "count 2 of 2"},
			{Rule: "quiet", Outcome: decisionv1.Outcome_OUTCOME_HELD_COUNT, Detail: "count 1 of 2"},
			{Outcome: decisionv1.Outcome_OUTCOME_LATE, Detail: "2h late"},
		},
		Actions: []*actionv1.Action{{State: actionv1.State_STATE_DONE, Type: "pause_alert", Target: "alert:a1", Detail: strings.Repeat("because ", 20)}},
		Leases: []*actionv1.Lease{
			{State: actionv1.LeaseState_LEASE_STATE_ENDED, Target: "alert:a1", TakenAt: at(0), Until: at(1), EndedAt: at(2)},
			{State: actionv1.LeaseState_LEASE_STATE_ACTIVE, Target: "alert:a2", TakenAt: at(0), Until: at(9)},
		},
	}, []verdict.Step{{Name: "one thing", Done: true}, {Name: "another", Seen: "nothing of it"}})
	for line := range strings.SplitSeq(out.String(), "\n") {
		require.LessOrEqual(t, utf8.RuneCountInString(line), width, line)
	}
	require.Equal(t, `
Read back over gRPC

  events 3
       2  counts of traffic of website
       1  anomalies of anomify-prod
  decisions 3
    HELD_COUNT     quiet  count 1 of 2
    FIRED          quiet  count 2 of 2
    LATE           1, about what was before the demo
  actions
    DONE           pause_alert alert:a1  because because because because because
                   because because because because because because because
                   because because because because because becau…
  leases
    ENDED          09:00:00 to 09:02:00  alert:a1
    ACTIVE         09:00:00 to 09:09:00  alert:a2

The story
  ok    one thing
  MISS  another
        nothing of it
`, out.String())
}
