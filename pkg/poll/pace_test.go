package poll_test

import (
	"bytes"
	"context"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
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
	errs    []error // of the first polls, one after the other
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
	if n := len(v.polls); n <= len(v.errs) && v.errs[n-1] != nil {
		return batch, v.errs[n-1]
	}
	if !v.isQuiet {
		batch.Events = append(batch.Events, newEvent(time.Now().String(), time.Now()))
	}
	return batch, nil
}

// budget is an account's: each request takes a share of it for a minute, and is let
// through at once.
type budget struct {
	grpc.ClientConnInterface
	share float64
	taken []time.Time
}

func (c *budget) Invoke(ctx context.Context, method string, args, reply any, opts ...grpc.CallOption) error {
	now := time.Now()
	c.taken = slices.DeleteFunc(append(c.taken, now), func(at time.Time) bool { return now.Sub(at) >= time.Minute })
	left := strconv.FormatFloat(max(0, 1-c.share*float64(len(c.taken))), 'f', 3, 64)
	return (&adapterConn{left: []string{left}}).Invoke(ctx, method, args, reply, opts...)
}

// pacing is how a loop is paced, and for how long of fake time.
type pacing struct {
	every, slowest, while time.Duration
	hurries               bool
}

// run returns the times between the loop's polls, and what it logged.
func (p pacing) run(t *testing.T, source *eventful, conn grpc.ClientConnInterface) ([]time.Duration, string) {
	t.Helper()
	var between []time.Duration
	var logs bytes.Buffer
	synctest.Test(t, func(t *testing.T) {
		b := newMemoryBus()
		paced := &poll.Paced{Fetcher: source, Hurries: p.hurries}
		source.conn = paced.Watch(conn)
		l := newBench(t, b, &vendor{clock: newClock()})
		deps := depsOf(t, l, b)
		deps.Logger = slog.New(slog.NewTextHandler(&logs, nil))
		loop, err := poll.New(poll.Config{
			Source: "test-source", Every: p.every, Slowest: p.slowest, Overlap: time.Minute, Rand: func() float64 { return 0.5 },
		}, paced, deps)
		require.NoError(t, err)
		require.NoError(t, loop.Start(t.Context()))
		<-time.After(p.while + time.Second)
		require.NoError(t, loop.Stop(t.Context()))
		for i, at := range source.polls[1:] {
			between = append(between, at.Sub(source.polls[i]))
		}
	})
	return between, logs.String()
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
			between, _ := pacing{every: test.every, while: 5 * test.every, hurries: true}.run(t, &eventful{isQuiet: test.isQuiet}, &adapterConn{left: test.left})
			require.Greater(t, len(between), 3)
			for _, d := range between {
				require.Equal(t, test.want, d)
			}
		})
	}
}

func TestPaced_CountsAreNotPolledMoreOften(t *testing.T) {
	between, _ := pacing{every: time.Minute, while: 3 * time.Minute}.run(t, &eventful{}, &adapterConn{left: []string{"1.000"}})
	require.Equal(t, []time.Duration{time.Minute, time.Minute, time.Minute}, between)
}

// limited is what an adapter says of a budget that is used up.
func limited() error {
	hints := map[string]string{}
	rpc.SetRetryAfter(hints, time.Second)
	return rpc.Error(codes.ResourceExhausted, rpc.ReasonRateLimited, hints, "the budget is used up")
}

func TestPace_SlowsDownWhileNothingCanBeReadAndNoLonger(t *testing.T) {
	source := &eventful{isQuiet: true, errs: []error{nil, limited(), limited(), limited(), limited(), nil, nil}}
	between, logs := pacing{every: time.Minute, while: 16 * time.Minute}.run(t, source, &adapterConn{left: []string{"0.600"}})
	m := time.Minute
	require.Equal(t, []time.Duration{m, m, 2 * m, 4 * m, 4 * m, m, m, m, m}, between, "to ask in vain takes from others")
	require.Equal(t, 1, strings.Count(logs, "polled less often than configured"))
	require.Equal(t, 1, strings.Count(logs, "polled as often as configured again"))
}

func TestPace_IsAsSlowAsItMayBe(t *testing.T) {
	errs := []error{limited(), limited(), limited()}
	between, _ := pacing{every: time.Minute, slowest: 90 * time.Second, while: 5 * time.Minute}.run(t, &eventful{errs: errs}, &adapterConn{})
	require.Equal(t, []time.Duration{time.Minute, 90 * time.Second, 90 * time.Second, time.Minute}, between)
	between, logs := pacing{every: time.Minute, slowest: time.Minute, while: 3 * time.Minute}.run(t, &eventful{errs: errs}, &adapterConn{})
	require.Equal(t, []time.Duration{time.Minute, time.Minute, time.Minute}, between)
	require.NotContains(t, logs, "less often")
}

func TestPace_WaitsAsLongAsTheVendorOrTheBreakerAsks(t *testing.T) {
	for _, reason := range []string{rpc.ReasonVendorUnavailable, rpc.ReasonCircuitOpen} {
		hints := map[string]string{}
		rpc.SetRetryAfter(hints, 40*time.Second)
		err := rpc.Error(codes.Unavailable, reason, hints, "not now")
		between, _ := pacing{every: 10 * time.Second, while: 2 * time.Minute}.run(t, &eventful{errs: []error{err, nil, err}}, &adapterConn{})
		require.Equal(t, []time.Duration{41 * time.Second, 10 * time.Second, 41 * time.Second}, between[:3], reason)
	}
}

// Polls that would use up more than there is find the pace at which the budget lasts,
// and not a slower one.
func TestPace_SettlesWhereTheBudgetLasts(t *testing.T) {
	source := &eventful{isQuiet: true}
	account := &budget{share: 0.06} // two requests of a poll, of 16 a minute
	between, logs := pacing{every: 5 * time.Second, while: 10 * time.Minute}.run(t, source, account)
	require.LessOrEqual(t, strings.Count(logs, "less often than configured"), 1)
	settled, mean := between[len(between)-20:], 0.0
	for _, d := range settled {
		mean += d.Seconds() / float64(len(settled))
		require.Less(t, d, 13*time.Second)
	}
	require.InDelta(t, 9, mean, 1.5, "60s for seven polls, and something to spare")
	between, _ = pacing{every: 10 * time.Second, while: 10 * time.Minute}.run(t, &eventful{isQuiet: true}, &budget{share: 0.06})
	for _, d := range between {
		require.Equal(t, 10*time.Second, d, "here it lasts")
	}
	between, _ = pacing{every: time.Minute, while: 10 * time.Minute}.run(t, &eventful{isQuiet: true}, &budget{share: 0.6})
	for _, d := range between {
		require.Equal(t, time.Minute, d, "what a poll has used is free again: to wait for longer spares nothing")
	}
}
