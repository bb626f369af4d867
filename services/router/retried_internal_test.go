package router

import (
	"log/slog"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/bus/bustest"
	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
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
