package router_test

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/bus"
	"github.com/signalbox-io/signalbox/pkg/config"
	decisionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/decision/v1"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/router"
)

// votesRule is put in, changed and taken out while the router runs.
const votesRule = `
  - name: votes
    mode: auto
    on: [feedback]
    key: [feedback.alert_id]
    count: {at_least: 2, within: 1h, reset: true}
    do: [{pause_alert: {source: anodot-prod, alert_id: "${feedback.alert_id}", for: 1h}}]
`

// otherRules have every clause that remembers.
const otherRules = `
rules:
  - name: asks
    mode: suggest
    on: [feedback]
    key: [feedback.alert_id]
    cooldown: 60ms
    do: [{pause_alert: {source: anodot-prod, alert_id: "${feedback.alert_id}", for: 1h}}]
  - name: tells
    mode: auto
    on: [anomaly]
    unless: paused
    limits: [{max: 2, per: 100ms, across: key}]
    do: [{publish: {subject: told}}]
  - {name: near, mode: shadow, on: [anomaly], key: [anomaly.alert_id], given: [{on: feedback, key: [feedback.alert_id], within: 50ms, wait: 40ms}]}
  - {name: stands, mode: shadow, on: [anomaly], hold: {for: 300ms}}
`

func rulesOverTime() []string {
	return []string{
		otherRules, otherRules + votesRule, strings.Replace(otherRules+votesRule, "at_least: 2", "at_least: 3", 1),
		strings.Replace(otherRules+votesRule, "cooldown: 60ms", "cooldown: 200ms", 1),
		strings.Replace(strings.Replace(otherRules, "asks", "begs", 1)+votesRule, "hold: {for: 300ms}", "hold: {for: 200ms}", 1),
	}
}

// storyteller tells the router a random story with switches of rules in between.
type storyteller struct {
	*rig
	p      *process
	server *router.Server
	random *rand.Rand
	events []*eventv1.Event
}

func (s *storyteller) step(i int) {
	switch n := s.random.IntN(20); {
	case n < 9:
		s.tell(s.feedback("f"+strconv.Itoa(i), s.alert(), i))
	case n < 14:
		e := s.anomaly("n"+strconv.Itoa(i), "shop", i)
		e.GetAnomaly().AlertId = s.alert()
		s.tell(e)
	case n < 17:
		s.write(rulesOverTime()[s.random.IntN(len(rulesOverTime()))])
		_, err := s.server.ReloadRules(s.t.Context(), &routerv1.ReloadRulesRequest{Warm: s.random.IntN(2) == 0})
		require.NoError(s.t, err)
	case n < 18:
		require.NoError(s.t, s.p.Take(s.t.Context(), &routerv1.Input{Content: &routerv1.Input_Inventory{Inventory: &routerv1.Inventory{
			Source: "anodot-prod", Alerts: []*routerv1.InventoryAlert{{Id: "1"}, {Id: "2"}, {Id: "9", Paused: s.random.IntN(2) == 0}},
		}}}))
	default:
		if waiting := s.suggested(); len(waiting) > 0 {
			_, err := s.server.ApproveAction(s.t.Context(), &routerv1.ApproveActionRequest{ActionId: waiting[0].GetId(), By: "ann"})
			if status.Code(err) != codes.FailedPrecondition { // safety refuses what is too much
				require.NoError(s.t, err)
			}
		}
	}
}

func (s *storyteller) alert() string { return strconv.Itoa(1 + s.random.IntN(3)) }

func (s *storyteller) tell(e *eventv1.Event) {
	e.OccurredAt = timestamppb.Now()
	e.ObservedAt = e.GetOccurredAt()
	s.publish(e)
	s.events = append(s.events, e)
}

// awaitSilence waits until all is decided that the events bring about.
func (s *storyteller) awaitSilence() {
	stream, err := s.bus.JetStream().Stream(s.t.Context(), bus.StreamEvents)
	require.NoError(s.t, err)
	until(s.t, "all is decided", func() bool {
		info, err := stream.Info(s.t.Context())
		return err == nil && s.p.Status(s.t.Context()).Decided == info.State.LastSeq && info.TimeStamp.Sub(info.State.LastTime) > 5*time.Second &&
			s.p.value("waiting_judgements") == 0
	})
}

// end lets time pass for all that the events bring about, and moves the router's clock
// there by an event that no rule is about. The router has stopped then, and all that
// it decided is on the stream.
func (s *storyteller) end() {
	stream, err := s.bus.JetStream().Stream(s.t.Context(), bus.StreamEvents)
	require.NoError(s.t, err)
	until(s.t, "time passes", func() bool {
		info, err := stream.Info(s.t.Context())
		return err == nil && info.TimeStamp.Sub(info.State.LastTime) > time.Second
	})
	s.publish(s.traffic("end", "shop", 0))
	until(s.t, "all is decided", func() bool {
		info, err := stream.Info(s.t.Context())
		return err == nil && s.p.Status(s.t.Context()).Decided == info.State.LastSeq
	})
	s.p.stop()
}

// explainAll explains every event by every set that decided, and requires what was
// recorded: byte for byte, and nothing where nothing was.
func (s *storyteller) explainAll() {
	recorded := map[string][]*decisionv1.Decision{}
	for _, d := range s.allDecisions() {
		about := d.GetEventId() + " " + d.GetRule()
		recorded[about] = append(recorded[about], d)
	}
	for _, e := range s.events {
		probe, err := s.server.Explain(s.t.Context(), &routerv1.ExplainRequest{EventId: e.GetId()})
		require.NoError(s.t, err)
		require.NotEmpty(s.t, probe.GetDecidedBy())
		answer := probe
		if !probe.GetAsDecided() { // others have decided
			answer, err = s.server.Explain(s.t.Context(), &routerv1.ExplainRequest{EventId: e.GetId(), RuleSet: probe.GetDecidedBy()})
			require.NoError(s.t, err)
			require.True(s.t, answer.GetAsDecided())
		}
		for _, r := range answer.GetRules() {
			want := recorded[e.GetId()+" "+r.GetRule()]
			require.Len(s.t, r.GetRecorded(), len(want))
			require.False(s.t, r.GetDiffers(), "%s", r)
			if len(want) == 0 {
				require.Nil(s.t, r.GetDecision(), "%s", r)
				continue
			}
			require.True(s.t, proto.Equal(want[len(want)-1], r.GetDecision()), "recorded %s, explained %s", want, r.GetDecision())
			delete(recorded, e.GetId()+" "+r.GetRule())
		}
	}
	require.Empty(s.t, recorded, "every decision is explained")
}

// A set that decided is explained as it decided, whatever was switched to, approved
// and told before and after.
func TestExplain_IsWhatWasDecided(t *testing.T) {
	t.Parallel()
	for seed := range uint64(3) {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			t.Parallel()
			r := newRig(t, otherRules+votesRule)
			r.config.Safety = config.Safety{MaxPausedAlerts: 2, MaxActionsPerHour: 10}
			p := r.start(r.bus)
			p.awaitReady()
			s := &storyteller{rig: r, p: p, server: router.NewServer(p.Router), random: rand.New(rand.NewPCG(seed, seed))}
			for i := range 50 {
				s.step(i)
			}
			s.end()
			again := r.start(r.bus)
			again.awaitReady()
			s.server = router.NewServer(again.Router)
			s.explainAll()
		})
	}
}

// A rule that was taken out and put back began empty: that is what is explained,
// not what it would have said had it been there all the time.
func TestExplain_KnowsThatARuleWasAway(t *testing.T) {
	t.Parallel()
	r := newRig(t, otherRules+votesRule)
	p := r.start(r.bus)
	server := router.NewServer(p.Router)
	p.awaitReady()
	reload := func(text string) {
		r.write(text)
		_, err := server.ReloadRules(t.Context(), &routerv1.ReloadRulesRequest{})
		require.NoError(t, err)
	}
	votes := []*eventv1.Event{r.feedback("v1", "17", 1), r.feedback("v2", "18", 2), r.feedback("v3", "17", 3)}
	with := r.version()
	r.publish(votes[0])
	until(t, "the first is decided", func() bool { return p.Status(t.Context()).Decided == 1 })
	reload(otherRules)
	without := r.version()
	r.publish(votes[1])
	until(t, "the second is decided", func() bool { return p.Status(t.Context()).Decided == 2 })
	reload(otherRules + votesRule)
	r.publish(votes[2])
	until(t, "the third is decided", func() bool { return strings.Contains(strings.Join(r.brief(), ","), "votes HELD_COUNT 3") })

	answer, err := server.Explain(t.Context(), &routerv1.ExplainRequest{EventId: votes[2].GetId(), Rules: []string{"votes"}})
	require.NoError(t, err)
	require.True(t, answer.GetAsDecided())
	require.Equal(t, decisionv1.Outcome_OUTCOME_HELD_COUNT, answer.GetRules()[0].GetDecision().GetOutcome())
	require.Equal(t, "count", answer.GetRules()[0].GetFirstFailed())
	require.False(t, answer.GetRules()[0].GetDiffers())

	answer, err = server.Explain(t.Context(), &routerv1.ExplainRequest{EventId: votes[1].GetId(), Rules: []string{"votes"}})
	require.NoError(t, err)
	require.False(t, answer.GetAsDecided())
	require.Equal(t, without, answer.GetDecidedBy())
	require.Equal(t, []string{
		"rule set " + without + " decided about the event, not " + with + ": history is read as if the latter had always been in force; --rule-set " +
			without + " tells what was decided",
	}, answer.GetNotes())
	require.Equal(t, decisionv1.Outcome_OUTCOME_HELD_COUNT, answer.GetRules()[0].GetDecision().GetOutcome())
	require.Empty(t, answer.GetRules()[0].GetRecorded())

	answer, err = server.Explain(t.Context(), &routerv1.ExplainRequest{
		EventId: votes[2].GetId(), Files: []*routerv1.RulesFile{{Name: "draft.yaml", Content: otherRules + votesRule}}, Rules: []string{"votes"},
	})
	require.NoError(t, err)
	require.Equal(t, []string{"the rules of the files decide nowhere: history is read as if they had always been in force"}, answer.GetNotes())
	require.Equal(t, decisionv1.Outcome_OUTCOME_FIRED, answer.GetRules()[0].GetDecision().GetOutcome(), "had it been there")
	require.Equal(t, decisionv1.Outcome_OUTCOME_HELD_COUNT, answer.GetRules()[0].GetRecorded()[0].GetOutcome())
}

// What is not kept any more is not known: the answer says so, and shows what was
// recorded beside what it makes of the rest.
func TestExplain_ShowsBothWhereTheRecordsDoNotReachBack(t *testing.T) {
	t.Parallel()
	r := newRig(t, otherRules+votesRule)
	p := r.start(r.bus)
	server := router.NewServer(p.Router)
	p.awaitReady()
	votes := []*eventv1.Event{r.feedback("v1", "17", 1), r.feedback("v2", "17", 2)}
	r.publish(votes...)
	until(t, "both are decided", func() bool { return strings.Contains(strings.Join(r.brief(), ","), "votes FIRED 2") })
	for _, name := range []string{bus.StreamEvents, bus.StreamInputs} {
		stream, err := r.bus.JetStream().Stream(t.Context(), name)
		require.NoError(t, err)
		require.NoError(t, stream.DeleteMsg(t.Context(), 1))
	}
	answer, err := server.Explain(t.Context(), &routerv1.ExplainRequest{EventId: votes[1].GetId(), Rules: []string{"votes"}})
	require.NoError(t, err)
	require.True(t, answer.GetAsDecided(), "the record names the set")
	require.True(t, answer.GetRules()[0].GetDiffers())
	require.Equal(t, decisionv1.Outcome_OUTCOME_HELD_COUNT, answer.GetRules()[0].GetDecision().GetOutcome())
	require.Equal(t, decisionv1.Outcome_OUTCOME_FIRED, answer.GetRules()[0].GetRecorded()[0].GetOutcome())
	notes := strings.Join(answer.GetNotes(), "\n")
	require.Contains(t, notes, "events from before")
	require.Contains(t, notes, "records of switches, approvals and ends of leases")
	require.Contains(t, notes, "the router recorded another decision than is explained here, and both are shown")
}
