package router

import (
	"log/slog"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/bus/bustest"
	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	"github.com/signalbox-io/signalbox/services/router/engine"
)

// The end of an attempt of before may be published only after the retry: told then,
// the engine would take the pause that is being made for one that is not.
func TestListening_AnOldEndSaysNothingAfterARetry(t *testing.T) {
	none := func() int { return 0 }
	m, err := newMetrics(prometheus.NewRegistry(), held{leases: none, owed: none, inputs: none, halted: none})
	require.NoError(t, err)
	inputs := newInputQueue()
	on := listening{Bus: bustest.New(t), inputs: inputs, logger: slog.New(slog.DiscardHandler), metrics: m, retries: newRetries()}
	pause := func(state actionv1.State, retries int32) *actionv1.Action {
		return &actionv1.Action{
			Id: "p", Rule: "pauses", State: state, Retries: retries, RetriedBy: "ann",
			Operation: &actionv1.Action_PauseAlert{PauseAlert: &actionv1.PauseAlert{AlertId: "17"}},
		}
	}
	require.NoError(t, on.PublishAction(t.Context(), pause(actionv1.State_STATE_PENDING, 1)))
	require.NoError(t, on.PublishAction(t.Context(), pause(actionv1.State_STATE_FAILED, 0)))
	require.NoError(t, on.PublishAction(t.Context(), pause(actionv1.State_STATE_DONE, 1)))
	var told []string
	for o, ok := inputs.pop(); ok; o, ok = inputs.pop() {
		told = append(told, inputWord(o.input)+" "+o.input.GetActionEnded().GetState().String())
	}
	require.Equal(t, []string{"retry STATE_UNSPECIFIED", "action_ended STATE_DONE"}, told)
}

// Whoever looks through the ledger for ends that nobody has heard of may have read one
// before the action was tried again.
func TestTellUnheard_AnOldEndSaysNothingAfterARetry(t *testing.T) {
	t.Parallel()
	r := bucketed(t)
	for _, id := range []string{"retried", "other"} {
		value, err := proto.Marshal(&actionv1.Action{
			Id: id, Rule: "pauses", State: actionv1.State_STATE_FAILED, UpdatedAt: timestamppb.Now(),
			Operation: &actionv1.Action_PauseAlert{PauseAlert: &actionv1.PauseAlert{AlertId: "17"}},
		})
		require.NoError(t, err)
		_, err = r.opts.Bus.Ledger().Create(t.Context(), id, value)
		require.NoError(t, err)
	}
	r.on.retries.note(&actionv1.Action{Id: "retried", Retries: 1})
	r.tellEnds(t.Context(), engine.Open{})
	for _, id := range []string{"retried", "other"} {
		require.NoError(t, r.tellAction(t.Context(), id))
	}
	var told []string
	for o, ok := r.inputs.pop(); ok; o, ok = r.inputs.pop() {
		told = append(told, o.input.GetActionEnded().GetActionId())
	}
	require.Equal(t, []string{"other", "other"}, told)
}
