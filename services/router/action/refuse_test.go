package action_test

import (
	"context"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
)

// unending is a bus that never takes the end of a refused action.
type unending struct{ router }

func (u unending) Ledger() jetstream.KeyValue { return unendingBucket{u.router.Ledger()} }

type unendingBucket struct{ jetstream.KeyValue }

func (b unendingBucket) Update(ctx context.Context, key string, value []byte, last uint64) (uint64, error) {
	a := &actionv1.Action{}
	if proto.Unmarshal(value, a) == nil && a.GetState() == forbidden {
		return 0, nats.ErrMaxPayload
	}
	return b.KeyValue.Update(ctx, key, value, last)
}

// An action that safety refuses and whose end cannot be recorded keeps nobody
// waiting, and is not done.
func TestRefuse_AnswersAlsoWhereItCannotBeRecorded(t *testing.T) {
	t.Parallel()
	r := newRig(t, "a1")
	p := r.prepare(t, unending{r.bus})
	p.start()
	p.ask(r.suggested("p"))
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	_, err := p.executor.Approve(ctx, "p", "nobody")
	require.NoError(t, err)
	stands, err := p.executor.Await(ctx, "p")
	require.NoError(t, err)
	require.NoError(t, ctx.Err())
	require.Equal(t, pending, stands.GetState())
	p.ask(ruled("other", pauseAlert("q", "a1", r.clock.in(time.Hour))))
	p.reaches("q", done)
	require.Equal(t, []string{"pause a1"}, r.vendor.happened(), "only the other's")
	require.Equal(t, pending, p.stateOf("p").GetState())
}

// A suggestion says until when it may be approved; its lease counts from then.
func TestApprove_SaysUntilWhen(t *testing.T) {
	t.Parallel()
	r := newRig(t, "a1")
	p := r.start(t)
	p.ask(r.suggested("p"))
	a := p.stateOf("p")
	require.Equal(t, "may be approved until "+a.GetExpiresAt().AsTime().Format(time.RFC3339), a.GetDetail())
	r.clock.advance(30 * time.Minute)
	_, err := p.executor.Approve(t.Context(), "p", "ann")
	require.NoError(t, err)
	p.reaches("p", done)
	l := r.leaseIs(t, "a1", active)
	require.Equal(t, p.stateOf("p").GetDecidedAt().AsTime(), l.GetTakenAt().AsTime())
}
