package project_test

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/bus"
	"github.com/signalbox-io/signalbox/pkg/bus/bustest"
	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	decisionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/decision/v1"
	"github.com/signalbox-io/signalbox/services/query/store"
)

// Every message of the streams is a row, one that a row has already, or one that
// cannot be read, and each of them is counted.
func TestAccount_NothingIsLeftOutSilently(t *testing.T) {
	t.Parallel()
	r := newRig(t, bustest.New(t))
	rows, repeated, unreadable := map[string]int{}, map[string]int{}, map[string]int{}
	at := timestamppb.New(time.Unix(1, 0))
	for i := range 90 {
		switch i % 6 {
		case 0:
			r.publish(i, i+1)
			rows[bus.StreamEvents]++
		case 1: // the event before again, as a redrive publishes it
			require.NoError(t, r.bus.RepublishEvent(t.Context(), newEvent(i-1), strconv.Itoa(i)))
			repeated[bus.StreamEvents]++
		case 2:
			r.unreadable("signalbox.event.traffic.analytics.website.none")
			unreadable[bus.StreamEvents]++
		case 3:
			require.NoError(t, r.bus.PublishDecision(t.Context(), &decisionv1.Decision{Id: fmt.Sprint("d", i), Rule: "quiet", Time: at}))
			rows[bus.StreamDecisions]++
			r.unreadable("signalbox.decision.quiet.fired")
			unreadable[bus.StreamDecisions]++
		case 4: // two states of one action
			for attempts := range int32(2) {
				require.NoError(t, r.bus.PublishAction(t.Context(), &actionv1.Action{
					Id: fmt.Sprint("a", i), Source: "s", Type: "publish", State: actionv1.State_STATE_ATTEMPTING, Attempts: attempts,
					CreatedAt: at, UpdatedAt: at,
				}))
			}
			rows[bus.StreamActions]++
			repeated[bus.StreamActions]++
		case 5:
			r.unreadable("signalbox.action.s.publish.done")
			unreadable[bus.StreamActions]++
		}
	}
	for stream, table := range map[string]store.Table{
		bus.StreamEvents: store.Events, bus.StreamDecisions: store.Decisions, bus.StreamActions: store.Actions,
	} {
		in := rows[stream] + repeated[stream] + unreadable[stream]
		require.Positive(t, rows[stream]*unreadable[stream], stream)
		require.Eventually(t, func() bool { return r.checkpoint(stream) == uint64(in) }, patience, tick, stream)
		r.await(table, rows[stream])
		counted := func(name string) int { return counter(t, r, "signalbox_query_"+name, stream) }
		require.Eventually(t, func() bool { return counted("messages_projected_total") == rows[stream]+repeated[stream] }, patience, tick, stream)
		require.Equal(t, unreadable[stream], counted("undecodable_messages_total"), stream)
	}
}

// unreadable puts a message on a stream that holds no record.
func (r *rig) unreadable(subject string) {
	r.t.Helper()
	_, err := r.bus.JetStream().Publish(r.t.Context(), subject, []byte("no record"))
	require.NoError(r.t, err)
}
