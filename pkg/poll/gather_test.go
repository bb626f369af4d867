package poll_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/signalbox-io/signalbox/pkg/poll"
	"github.com/signalbox-io/signalbox/pkg/rpc"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
)

func TestGather_APartThatCannotBeReadCostsOnlyItself(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fault error
		read  int
		text  string
	}{
		"refused":         {rpc.Error(codes.InvalidArgument, "REFUSED_BY_VENDOR", nil, "no such site"), 4, "no such site (and 1 more that cannot be read)"},
		"bad answer":      {rpc.Error(codes.Internal, "BAD_ANSWER", nil, "half a JSON"), 4, "half a JSON (and 1 more"},
		"too slow":        {status.Error(codes.DeadlineExceeded, "too slow"), 4, "too slow (and 1 more"},
		"adapter's word":  {rpc.Error(codes.DeadlineExceeded, "DEADLINE_EXCEEDED", nil, "no answer within 5m"), 4, "no answer within 5m (and 1 more"},
		"not asked for":   {rpc.FieldViolation("site_id", "is no id"), 4, "is no id (and 1 more"},
		"credential":      {rpc.Error(codes.Unauthenticated, "CREDENTIAL_REFUSED", nil, "wrong token"), 2, "wrong token"},
		"budget":          {rpc.Error(codes.ResourceExhausted, "RATE_LIMITED", nil, "wait"), 2, "wait"},
		"adapter is away": {status.Error(codes.Unavailable, "connection refused"), 2, "connection refused"},
		"something else":  {errors.New("odd"), 2, "odd"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			read := 0
			batch, err := poll.Gather(t.Context(), &poll.Turn{}, []string{"good", "bad", "good", "bad"},
				func(_ context.Context, part string) (poll.Batch, error) {
					read++
					if part == "bad" {
						return poll.Batch{}, test.fault
					}
					return poll.Batch{Events: []*eventv1.Event{{Id: part}}}, nil
				})

			require.ErrorContains(t, err, test.text)
			require.ErrorIs(t, err, test.fault)
			require.Equal(t, test.read, read)
			require.Len(t, batch.Events, (read+1)/2)
		})
	}
}

func TestGather_EndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	read := 0
	_, err := poll.Gather(ctx, &poll.Turn{}, []int{1, 2, 3}, func(context.Context, int) (poll.Batch, error) {
		read++
		cancel()
		return poll.Batch{}, status.Error(codes.DeadlineExceeded, "late")
	})
	require.ErrorContains(t, err, "late")
	require.Equal(t, 1, read)
}

// visits returns which parts each of several Gathers reads; read says what
// becomes of the part that is read as the nth of its Gather.
func visits(t *testing.T, gathers, parts int, read func(nth, part int) error) [][]int {
	t.Helper()
	turn, all := &poll.Turn{}, make([]int, parts)
	for i := range all {
		all[i] = i
	}
	var visited [][]int
	for range gathers {
		var seen []int
		_, _ = poll.Gather(t.Context(), turn, all, func(_ context.Context, part int) (poll.Batch, error) {
			seen = append(seen, part)
			return poll.Batch{}, read(len(seen), part)
		})
		visited = append(visited, seen)
	}
	return visited
}

func TestGather_ReadsEveryPartInTurnWhereOneGatherDoesNotSuffice(t *testing.T) {
	t.Parallel()
	spent := rpc.Error(codes.ResourceExhausted, "RATE_LIMITED", nil, "budget is used up")
	require.Equal(t, [][]int{{0, 1, 2}, {2, 3, 4}, {4, 0, 1}}, visits(t, 3, 5, func(nth, _ int) error {
		if nth == 3 {
			return spent
		}
		return nil
	}), "the part that came too late comes first")
	require.Equal(t, [][]int{{0}, {1}, {2}, {0}}, visits(t, 4, 3, func(int, int) error { return spent }))
	isFirst := true
	require.Equal(t, [][]int{{0}, {1, 2, 0}, {0, 1, 2}}, visits(t, 3, 3, func(int, int) error {
		if isFirst {
			isFirst = false
			return spent
		}
		return nil
	}), "after a whole one it begins with the first")
	require.Equal(t, [][]int{nil, nil}, visits(t, 2, 0, nil))
}

func TestGather_APartThatEndsEveryGatherHidesNoOther(t *testing.T) {
	t.Parallel()
	odd := errors.New("odd")
	require.Equal(t, [][]int{{0, 1}, {2, 3, 0, 1}, {2, 3, 0, 1}}, visits(t, 3, 4, func(_, part int) error {
		if part == 1 {
			return odd
		}
		return nil
	}))
}
