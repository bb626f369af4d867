package poll_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	"github.com/signalbox-io/signalbox/pkg/poll"
	"github.com/signalbox-io/signalbox/pkg/rpc"
)

// adapterConn answers each call and tells how much of the budget is free.
type adapterConn struct {
	grpc.ClientConnInterface
	left []string
}

func (c *adapterConn) Invoke(_ context.Context, _ string, _, _ any, opts ...grpc.CallOption) error {
	for _, opt := range opts {
		if trailer, ok := opt.(grpc.TrailerCallOption); ok && len(c.left) > 0 {
			*trailer.TrailerAddr = metadata.MD{rpc.TrailerBudgetLeft: c.left}
		}
	}
	return nil
}

// eventful is a source in which something happens before each poll, or not.
type eventful struct {
	conn    grpc.ClientConnInterface
	isQuiet bool
	polls   []time.Time
}

func (v *eventful) Fetch(ctx context.Context, _ poll.Window) (poll.Batch, error) {
	v.polls = append(v.polls, time.Now())
	for range 2 {
		if err := v.conn.Invoke(ctx, "/a/B", nil, nil); err != nil {
			return poll.Batch{}, err
		}
	}
	var batch poll.Batch
	if !v.isQuiet {
		batch.Events = append(batch.Events, newEvent(time.Now().String(), time.Now()))
	}
	return batch, nil
}

func TestPaced_PollsMoreOftenWhileEventsComeAndTheBudgetIsFree(t *testing.T) {
	for name, test := range map[string]struct {
		every   time.Duration
		left    []string
		isQuiet bool
		want    time.Duration
	}{
		"events and budget":           {time.Minute, []string{"0.900", "0.500"}, false, 30 * time.Second},
		"never below five seconds":    {8 * time.Second, []string{"1.000"}, false, 5 * time.Second},
		"one configured below it":     {2 * time.Second, []string{"1.000"}, false, 2 * time.Second},
		"nothing happens":             {time.Minute, []string{"1.000"}, true, time.Minute},
		"the budget is scarce":        {time.Minute, []string{"0.900", "0.499"}, false, time.Minute},
		"nobody tells of a budget":    {time.Minute, nil, false, time.Minute},
		"what is told is no share":    {time.Minute, []string{"much", "-1", "NaN"}, false, time.Minute},
		"what is told is beyond one":  {time.Minute, []string{"7"}, false, time.Minute},
		"one that is told is a share": {time.Minute, []string{"much", "0.700"}, false, 30 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newMemoryBus()
				source := &eventful{isQuiet: test.isQuiet}
				paced := &poll.Paced{Fetcher: source}
				source.conn = paced.Watch(&adapterConn{left: test.left})
				l := newBench(t, b, &vendor{clock: newClock()})
				loop, err := poll.New(poll.Config{
					Source: "test-source", Every: test.every, Overlap: time.Minute, Rand: func() float64 { return 0.5 },
				}, paced, depsOf(t, l, b))
				require.NoError(t, err)
				require.NoError(t, loop.Start(t.Context()))
				<-time.After(5*test.every + time.Second)
				require.NoError(t, loop.Stop(t.Context()))
				require.Greater(t, len(source.polls), 4)
				for i, at := range source.polls[1:] {
					require.Equal(t, test.want, at.Sub(source.polls[i]))
				}
			})
		})
	}
}
