package router_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/bus"
	"github.com/signalbox-io/signalbox/pkg/rpc"
	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/router"
)

// redrive returns what became of the dead letter, and why.
func (p *process) redrive(id string, isDry bool) (outcome, detail string) {
	p.t.Helper()
	answer, err := router.NewServer(p.Router).RedriveDeadLetter(p.t.Context(),
		&routerv1.RedriveDeadLetterRequest{Id: id, By: "ann", DryRun: isDry})
	require.NoError(p.t, err)
	return answer.GetOutcome().String()[len("OUTCOME_"):], answer.GetDetail()
}

// letters returns how many dead letters there are, marks left out.
func (r *rig) letters() int {
	r.t.Helper()
	n := 0
	for _, msg := range r.messages(bus.StreamDead, "signalbox.dead.") {
		if !bus.IsRedriveMark(msg.Subject) {
			n++
		}
	}
	return n
}

func TestRedrive_TriesAnActionAgainOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t, pausesEach)
	p := r.start(r.bus)
	p.awaitReady()
	r.failedPause()
	until(t, "it is a dead letter", func() bool { return r.letters() == 1 })
	outcome, detail := p.redrive("1", true)
	require.Equal(t, "WOULD_REDRIVE", outcome)
	require.Contains(t, detail, "(pause_alert alert:17) is tried again")
	require.Equal(t, actionv1.State_STATE_FAILED, r.pause().GetState(), "nothing was done")

	r.vendor.refuse(false)
	p.stopActions()
	outcome, detail = p.redrive("1", false)
	require.Equal(t, "CANNOT_REDRIVE", outcome)
	require.Contains(t, detail, "actions are stopped by ann")
	p.startActions()
	outcome, _ = p.redrive("1", false)
	require.Equal(t, "REDRIVEN", outcome)
	until(t, "it is done", func() bool { return r.pause().GetState() == actionv1.State_STATE_DONE })
	outcome, detail = p.redrive("1", false)
	require.Equal(t, "REDRIVEN_BEFORE", outcome)
	require.Contains(t, detail, "by ann at ")
	require.Equal(t, []string{"pause 17"}, r.vendor.done())
	require.Equal(t, 1, r.letters())
}

// A process that is killed before the mark acts once all the same.
func TestRedrive_ActsOnceWithoutItsMark(t *testing.T) {
	t.Parallel()
	r := newRig(t, pausesEach)
	p := r.start(r.bus)
	p.awaitReady()
	id := r.failedPause()
	until(t, "it is a dead letter", func() bool { return r.letters() == 1 })
	r.vendor.refuse(false)
	err := p.retry(id, "ann")
	require.NoError(t, err)
	until(t, "it is done", func() bool { return r.pause().GetState() == actionv1.State_STATE_DONE })
	outcome, detail := p.redrive("1", false)
	require.Equal(t, "CANNOT_REDRIVE", outcome)
	require.Contains(t, detail, "was tried again since, by ann: it is DONE")
	require.Equal(t, []string{"pause 17"}, r.vendor.done())
}

func TestRedrive_JudgesWhatCanBeReadByNow(t *testing.T) {
	t.Parallel()
	r := newRig(t, pausesEach)
	p := r.start(r.bus)
	p.awaitReady()
	// As a router of before kept it, which could not read it.
	readable := r.feedback("f1", "17", 1)
	data, err := proto.Marshal(readable)
	require.NoError(t, err)
	header := nats.Header{
		"ce-id": {readable.GetId()}, "ce-specversion": {"1.0"}, "content-type": {"application/protobuf"}, nats.MsgIdHdr: {readable.GetId()},
	}
	require.NoError(t, r.bus.PublishDead(t.Context(), bus.DeadLetter{
		Area: "router", Reason: "undecodable", ID: "a", Header: header, Data: data,
	}))
	require.NoError(t, r.bus.PublishDead(t.Context(), bus.DeadLetter{
		Area: "router", Reason: "undecodable", ID: "b", Header: header, Data: []byte("garbage"),
	}))
	outcome, detail := p.redrive("2", false)
	require.Equal(t, "CANNOT_REDRIVE", outcome)
	require.Contains(t, detail, "it holds no event that can be read: decode event")
	for _, want := range []string{"REDRIVEN", "REDRIVEN_BEFORE"} {
		outcome, _ = p.redrive("1", false)
		require.Equal(t, want, outcome)
	}
	until(t, "it is judged", func() bool { return len(r.brief()) == 1 })
	require.Equal(t, []string{"pauses FIRED 1"}, r.brief())
	until(t, "its action is done", func() bool { return r.pause().GetState() == actionv1.State_STATE_DONE })
	require.NoError(t, r.bus.RepublishEvent(t.Context(), readable, "1"), "killed before the mark")
	require.Len(t, r.messages(bus.StreamEvents, ""), 1)
}

func TestRedrive_RecordsWhatCouldNotBe(t *testing.T) {
	t.Parallel()
	r := newRig(t, pausesEach)
	p := r.start(r.bus)
	p.awaitReady()
	a := &actionv1.Action{
		Id: "damaged", Rule: "pauses", Type: "pause_alert", Source: "anodot-prod", Target: "alert:17", State: actionv1.State_STATE_PENDING,
		ExpiresAt: timestamppb.New(time.Now().Add(time.Hour)),
		Operation: &actionv1.Action_PauseAlert{PauseAlert: &actionv1.PauseAlert{AlertId: "17", Until: timestamppb.New(time.Now().Add(time.Hour))}},
	}
	over := proto.CloneOf(a)
	over.Id, over.ExpiresAt = "over", timestamppb.New(time.Now().Add(-time.Hour))
	for _, x := range []*actionv1.Action{a, over} {
		data, err := protojson.Marshal(x)
		require.NoError(t, err)
		require.NoError(t, r.bus.PublishDead(t.Context(), bus.DeadLetter{Area: "router", Reason: "unrecordable", ID: x.GetId(), Data: data}))
	}
	_, err := r.bus.Ledger().PutString(t.Context(), "damaged", "garbage")
	require.NoError(t, err)
	outcome, detail := p.redrive("1", false)
	require.Equal(t, "CANNOT_REDRIVE", outcome)
	require.Contains(t, detail, "purge its key")
	outcome, detail = p.redrive("2", false)
	require.Equal(t, "CANNOT_REDRIVE", outcome)
	require.Contains(t, detail, "was over at")

	require.NoError(t, r.bus.Ledger().Purge(t.Context(), "damaged"))
	for _, want := range []string{"REDRIVEN", "REDRIVEN_BEFORE"} {
		outcome, _ = p.redrive("1", false)
		require.Equal(t, want, outcome)
	}
	until(t, "it is done", func() bool { return r.pause().GetState() == actionv1.State_STATE_DONE })
	require.Equal(t, []string{"pause 17"}, r.vendor.done())
}

// Every origin of dead letters says what becomes of them.
func TestRedrive_SaysWhatElseToDo(t *testing.T) {
	t.Parallel()
	r := newRig(t, pausesEach)
	p := r.start(r.bus)
	p.awaitReady()
	letters := []struct {
		letter bus.DeadLetter
		want   string
	}{
		{bus.DeadLetter{Area: "router", Reason: "oversized", ID: "a"}, "raise max_payload"},
		{bus.DeadLetter{Area: "router", Reason: "unrecordable", ID: "b"}, "does not hold the action"},
		{bus.DeadLetter{Area: "router", Reason: "failed", ID: "c"}, "does not hold the action"},
		{bus.DeadLetter{Area: "poller", Reason: "unreadable", ID: "d", Subject: "reports"}, "signalbox backfill --source reports --from 20"},
		{bus.DeadLetter{Area: "webhook", Reason: "no_alert", ID: "e", Subject: "anodot-prod"}, "signalbox dead show 5"},
		{bus.DeadLetter{Area: "of", Reason: "old", ID: "f"}, "another version"},
	}
	for i, c := range letters {
		require.NoError(t, r.bus.PublishDead(t.Context(), c.letter))
		for _, isDry := range []bool{true, false} {
			outcome, detail := p.redrive(strconv.Itoa(i+1), isDry)
			require.Equal(t, "CANNOT_REDRIVE", outcome)
			require.Contains(t, detail, c.want)
		}
	}
	for _, id := range []string{"", "x", "0", "99"} {
		_, err := router.NewServer(p.Router).RedriveDeadLetter(t.Context(), &routerv1.RedriveDeadLetterRequest{Id: id, By: "ann"})
		require.Equal(t, "NO_SUCH_LETTER", rpc.Reason(err), id)
	}
	_, err := router.NewServer(p.Router).RedriveDeadLetter(t.Context(), &routerv1.RedriveDeadLetterRequest{Id: "1"})
	require.ErrorContains(t, err, "say who decides")
}

// What could not be read stands on the stream before the event that was published
// again in its place, under the event's own message id.
func TestExplain_FindsAnEventThatWasPublishedAgain(t *testing.T) {
	t.Parallel()
	r := newRig(t, pausesEach)
	p := r.start(r.bus)
	p.awaitReady()
	e := r.feedback("f1", "17", 1)
	garbage := &nats.Msg{Subject: bus.EventSubject(e), Header: nats.Header{nats.MsgIdHdr: {e.GetId()}}, Data: []byte("garbage")}
	_, err := r.bus.JetStream().PublishMsg(t.Context(), garbage)
	require.NoError(t, err)
	until(t, "it is a dead letter", func() bool { return r.letters() == 1 })
	explain := func() (*routerv1.ExplainResponse, error) {
		return router.NewServer(p.Router).Explain(t.Context(), &routerv1.ExplainRequest{EventId: e.GetId()})
	}
	_, err = explain()
	require.Equal(t, "NO_SUCH_EVENT", rpc.Reason(err))
	require.NoError(t, r.bus.RepublishEvent(t.Context(), e, "1"))
	until(t, "it is judged", func() bool { return len(r.brief()) == 1 })
	answer, err := explain()
	require.NoError(t, err)
	require.True(t, answer.GetAsDecided())
	require.Equal(t, e.GetId(), answer.GetEvent().GetId())
	require.Len(t, answer.GetRules()[0].GetRecorded(), 1)
}
