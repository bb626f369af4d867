package router_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/signalbox-io/signalbox/pkg/rpc"
	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/router"
)

const suggestsPause = `
rules:
  - name: suggests
    mode: suggest
    on: [feedback]
    do: [{pause_alert: {source: anodot-prod, alert_id: "${feedback.alert_id}", for: 1h}}]
  - name: tells
    mode: auto
    on: [anomaly]
    unless: paused
    do: [{publish: {subject: told}}]
`

// suggested returns the actions that wait for approval.
func (r *rig) suggested() []*actionv1.Action {
	r.t.Helper()
	var all []*actionv1.Action
	lister, err := r.bus.Ledger().ListKeys(r.t.Context())
	require.NoError(r.t, err)
	for key := range lister.Keys() {
		if key == ledgerMark {
			continue
		}
		entry, err := r.bus.Ledger().Get(r.t.Context(), key)
		require.NoError(r.t, err)
		a := &actionv1.Action{}
		require.NoError(r.t, proto.Unmarshal(entry.Value(), a))
		if a.GetState() == actionv1.State_STATE_AWAITING_APPROVAL {
			all = append(all, a)
		}
	}
	return all
}

func TestApproveAction_DoesWhatWasSuggested(t *testing.T) {
	r := newRig(t, suggestsPause)
	p := r.start(r.bus)
	server := router.NewServer(p.Router)
	p.awaitReady()
	r.publish(r.feedback("v1", "17", 1), r.feedback("v2", "18", 2))
	until(t, "two pauses are suggested and told of", func() bool { return len(r.suggested()) == 2 && len(r.brief()) == 2 })
	require.Equal(t, []string{"suggests SUGGESTED 1", "suggests SUGGESTED 2"}, r.brief())
	byTarget := map[string]string{}
	for _, a := range r.suggested() {
		byTarget[a.GetTarget()] = a.GetId()
	}

	answer, err := server.ApproveAction(t.Context(), &routerv1.ApproveActionRequest{ActionId: byTarget["alert:17"], By: "ann"})
	require.NoError(t, err)
	require.Equal(t, "ann", answer.GetAction().GetDecidedBy())
	_, err = server.RejectAction(t.Context(), &routerv1.RejectActionRequest{ActionId: byTarget["alert:18"], By: "bob", Reason: "no"})
	require.NoError(t, err)
	until(t, "one is done", func() bool { return r.ledger()["pause_alert alert:17"] == "STATE_DONE" })
	require.Equal(t, "STATE_REJECTED", r.ledger()["pause_alert alert:18"])

	until(t, "both words are recorded", func() bool { return len(r.words()) == 2 })
	require.Equal(t, []string{"ann true", "bob false"}, r.words())
}

// Of people who approve at the same moment, each over a connection of their own, one
// does, and the record says who. The others are told.
func TestApproveAction_OfManyCallersOneActs(t *testing.T) {
	t.Parallel()
	r := newRig(t, suggestsPause)
	p := r.start(r.bus)
	p.awaitReady()
	r.publish(r.feedback("v1", "17", 1))
	until(t, "a pause is suggested", func() bool { return len(r.suggested()) == 1 })
	id := r.suggested()[0].GetId()
	people := []string{"ann", "bob", "cleo", "dan"}
	errs := make([]error, len(people))
	begin := make(chan struct{})
	var all sync.WaitGroup
	for i, by := range people {
		client := r.dialed(p.Router)
		all.Go(func() {
			<-begin
			_, errs[i] = client.ApproveAction(t.Context(), &routerv1.ApproveActionRequest{ActionId: id, By: by})
		})
	}
	close(begin)
	all.Wait()
	until(t, "it is done", func() bool { return r.ledger()["pause_alert alert:17"] == "STATE_DONE" })
	decided := r.pause().GetDecidedBy()
	for i, by := range people {
		if by == decided {
			require.NoError(t, errs[i])
			continue
		}
		require.Equal(t, "NOT_AWAITING_APPROVAL", rpc.Reason(errs[i]), by)
		require.ErrorContains(t, errs[i], "as "+decided+" decided")
	}
	require.Contains(t, people, decided)
	require.Equal(t, []string{decided + " true"}, r.words())
	require.Equal(t, []string{"pause 17"}, r.vendor.done())
}

// words returns who said what of suggested actions, as it is recorded.
func (r *rig) words() []string {
	r.t.Helper()
	all := []string{}
	for _, in := range r.inputs() {
		if a := in.GetApproval(); a != nil {
			word := " false"
			if a.GetApproved() {
				word = " true"
			}
			all = append(all, a.GetBy()+word)
		}
	}
	return all
}

func TestApproveAction_TellsWhyItCannot(t *testing.T) {
	r := newRig(t, suggestsPause)
	p := r.start(r.bus)
	server := router.NewServer(p.Router)
	p.awaitReady()
	_, err := server.ApproveAction(t.Context(), &routerv1.ApproveActionRequest{ActionId: "nobody", By: "ann"})
	require.Equal(t, "NO_SUCH_ACTION", rpc.Reason(err))
	for _, req := range []*routerv1.RejectActionRequest{
		{By: "ann"}, {ActionId: "a"}, {ActionId: "a", By: " "}, {ActionId: "a", By: "\xff"}, {ActionId: "a", By: "b", Reason: string(make([]byte, 301))},
	} {
		_, err = server.RejectAction(t.Context(), req)
		require.Equal(t, codes.InvalidArgument, status.Code(err), req)
	}

	r.publish(r.feedback("v1", "17", 1))
	until(t, "a pause is suggested", func() bool { return len(r.suggested()) == 1 })
	id := r.suggested()[0].GetId()
	_, err = server.RejectAction(t.Context(), &routerv1.RejectActionRequest{ActionId: id, By: "bob"})
	require.NoError(t, err)
	_, err = server.ApproveAction(t.Context(), &routerv1.ApproveActionRequest{ActionId: id, By: "ann"})
	require.Equal(t, "NOT_AWAITING_APPROVAL", rpc.Reason(err))
	require.ErrorContains(t, err, "it is REJECTED, as bob decided")
}
