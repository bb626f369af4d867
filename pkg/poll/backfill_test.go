package poll_test

import (
	"context"
	"errors"
	"net"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/bus/bustest"
	"github.com/signalbox-io/signalbox/pkg/poll"
	"github.com/signalbox-io/signalbox/pkg/rpc"
	pollerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/poller/v1"
)

func hasPast(c *poll.Config, _ *poll.Deps) { c.HasPast = true }

// span is the last n hours.
func (c *clock) span(n int) poll.Window {
	return poll.Window{From: c.Now().Add(-time.Duration(n) * time.Hour), To: c.Now()}
}

func TestBackfill_PublishesAPastThatTheCursorHasLeftBehind(t *testing.T) {
	b, v := bustest.New(t), &vendor{clock: newClock()}
	l := newBench(t, b, v, hasPast)
	v.add("recent", time.Minute)
	poll1(t, l)
	before := storedCursor(t, b)
	for hour := range 20 {
		v.add(strconv.Itoa(hour), time.Duration(20-hour)*time.Hour-time.Minute)
	}
	v.rejected = []poll.Rejected{{Reason: "unreadable", Detail: "no id", Record: "{}"}}

	var read []time.Time
	var last poll.Progress
	require.NoError(t, l.Backfill(t.Context(), v.clock.span(20), func(p poll.Progress) error {
		read, last = append(read, p.ReadTo), p
		return nil
	}))
	start := v.clock.Now()
	require.Equal(t, []time.Time{start.Add(-14 * time.Hour), start.Add(-8 * time.Hour), start.Add(-2 * time.Hour), start}, read)
	require.Equal(t, 21, last.Result.Returned)
	require.Equal(t, 20, last.Result.Published, "one was known")
	require.Len(t, published(t, b), 21)
	require.Len(t, deadReasons(t, b), 1)
	require.Equal(t, before.String(), storedCursor(t, b).String(), "the cursor stays where it was")
}

func TestBackfill_SaysFromWhereItFailed(t *testing.T) {
	b, v := bustest.New(t), &vendor{clock: newClock()}
	l := newBench(t, b, v, hasPast)
	pieces := 0
	err := l.Backfill(t.Context(), v.clock.span(20), func(poll.Progress) error {
		pieces++
		v.mu.Lock()
		defer v.mu.Unlock()
		v.err = errors.New("the vendor is away")
		return nil
	})
	require.EqualError(t, err, "backfill test-source from 2026-02-28T22:00:00Z on: the vendor is away")
	require.Equal(t, 1, pieces)
}

// refusingPast refuses a part of two pieces of the past.
type refusingPast struct {
	*vendor
	err error
}

func (v refusingPast) Fetch(ctx context.Context, w poll.Window) (poll.Batch, error) {
	batch, err := v.vendor.Fetch(ctx, w)
	ago := v.clock.Now().Sub(w.From)
	if ago == 14*time.Hour || ago == 8*time.Hour {
		err = v.err
	}
	return batch, err
}

func TestBackfill_GoesOnAfterAPartThatIsRefused(t *testing.T) {
	for _, reason := range []string{rpc.ReasonRefusedByVendor, rpc.ReasonVendorUnavailable} {
		t.Run(reason, func(t *testing.T) {
			b, v := bustest.New(t), &vendor{clock: newClock()}
			refused := rpc.Error(codes.PermissionDenied, reason, nil, "no such feature")
			l := newBench(t, b, v, hasPast)
			loop, err := poll.New(poll.Config{
				Source: source, Every: time.Minute, Overlap: time.Minute, MaxWindow: 6 * time.Hour, HasPast: true, Now: v.clock.Now,
			}, refusingPast{v, refused}, depsOf(t, l, b))
			require.NoError(t, err)
			for hour := range 20 {
				v.add(strconv.Itoa(hour), time.Duration(20-hour)*time.Hour-time.Minute)
			}
			var last poll.Progress
			err = loop.Backfill(t.Context(), v.clock.span(20), func(p poll.Progress) error {
				last = p
				return nil
			})
			require.ErrorIs(t, err, refused)
			require.ErrorContains(t, err, "in 2 pieces between 2026-02-28T22:00:00Z and 2026-03-01T10:00:00Z")
			require.Equal(t, 2, last.Incomplete)
			require.Equal(t, v.clock.Now(), last.ReadTo)
			require.Len(t, published(t, b), 20, "all that could be read")
		})
	}
}

// A vendor of whom nothing comes is not asked for every piece of a long past.
func TestBackfill_EndsWhereTheVendorIsAway(t *testing.T) {
	b, v := bustest.New(t), &vendor{clock: newClock()}
	v.err = rpc.Error(codes.Unavailable, rpc.ReasonVendorUnavailable, nil, "down")
	l := newBench(t, b, v, hasPast)
	require.ErrorIs(t, l.Backfill(t.Context(), v.clock.span(20), func(poll.Progress) error { return nil }), v.err)
	require.Len(t, v.windows, 1)
}

// A source that asks for its whole past at once, of which one part is refused,
// would bring nothing of the others otherwise.
func TestBackfill_PublishesWhatCanBeReadBesideAPartThatCannot(t *testing.T) {
	b, v := bustest.New(t), &vendor{clock: newClock(), err: errors.New("one part is refused")}
	l := newBench(t, b, v, hasPast, func(c *poll.Config, _ *poll.Deps) { c.MaxWindow = 0 })
	v.add("a", time.Hour)
	err := l.Backfill(t.Context(), v.clock.span(20), func(poll.Progress) error {
		return errors.New("the piece is not whole")
	})
	require.ErrorIs(t, err, v.err)
	require.Equal(t, []string{"a"}, published(t, b))
}

// dial serves the loops over gRPC and returns a client.
func dial(t *testing.T, server *poll.Server) pollerv1.PollerServiceClient {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	door, ended := grpc.NewServer(), make(chan error, 1)
	server.Register(door)
	go func() { ended <- door.Serve(listener) }()
	t.Cleanup(func() {
		door.Stop()
		require.NoError(t, <-ended)
	})
	conn, err := grpc.NewClient("passthrough:///"+listener.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, conn.Close()) })
	return pollerv1.NewPollerServiceClient(conn)
}

func TestServer_BackfillStreamsProgress(t *testing.T) {
	b, v := bustest.New(t), &vendor{clock: newClock()}
	l := newBench(t, b, v, hasPast)
	v.add("a", 90*time.Minute)
	server := poll.NewServer()
	server.Add(l.Loop)
	client := dial(t, server)
	span := v.clock.span(10)
	stream, err := client.Backfill(t.Context(), &pollerv1.BackfillRequest{Source: source, From: timestamppb.New(span.From)})
	require.NoError(t, err)
	first, err := stream.Recv()
	require.NoError(t, err)
	require.Equal(t, span.From.Add(6*time.Hour), first.GetReadTo().AsTime())
	require.Equal(t, span.To, first.GetTo().AsTime())
	second, err := stream.Recv()
	require.NoError(t, err)
	require.EqualValues(t, 1, second.GetPublished())
}

func TestServer_BackfillTellsOfGapsAtItsEnd(t *testing.T) {
	b, v := bustest.New(t), &vendor{clock: newClock(), err: rpc.Error(codes.InvalidArgument, rpc.ReasonRefusedByVendor, nil, "answered 403")}
	l := newBench(t, b, v, hasPast)
	server := poll.NewServer()
	server.Add(l.Loop)
	span := v.clock.span(10)
	stream, err := dial(t, server).Backfill(t.Context(), &pollerv1.BackfillRequest{Source: source, From: timestamppb.New(span.From)})
	require.NoError(t, err)
	for incomplete := range 2 {
		answer, err := stream.Recv()
		require.NoError(t, err)
		require.EqualValues(t, incomplete+1, answer.GetIncomplete())
	}
	_, err = stream.Recv()
	require.Equal(t, poll.ReasonIncomplete, rpc.Reason(err))
	require.Equal(t, codes.Aborted.String(), status.Code(err).String())
	require.Equal(t, "a part could not be read in 2 pieces between 2026-03-01T02:00:00Z and 2026-03-01T12:00:00Z, all else is published; "+
		"mend what follows and read that span again: answered 403", status.Convert(err).Message())
}

func TestServer_BackfillRefusesWhatIsWrong(t *testing.T) {
	b, v := bustest.New(t), &vendor{clock: newClock()}
	past, present := newBench(t, b, v, hasPast), newBench(t, b, v, func(c *poll.Config, _ *poll.Deps) { c.Source = "present" })
	server := poll.NewServer()
	server.Add(past.Loop)
	server.Add(present.Loop)
	client := dial(t, server)
	now := v.clock.Now()
	for name, test := range map[string]struct {
		source   string
		from, to *timestamppb.Timestamp
		reason   string
		code     codes.Code
	}{
		"no source":      {"", timestamppb.New(now.Add(-time.Hour)), nil, rpc.ReasonInvalidField, codes.InvalidArgument},
		"unknown source": {"other", timestamppb.New(now.Add(-time.Hour)), nil, rpc.ReasonUnknownSource, codes.NotFound},
		"no from":        {source, nil, nil, rpc.ReasonInvalidField, codes.InvalidArgument},
		"bad from":       {source, &timestamppb.Timestamp{Nanos: -1}, nil, rpc.ReasonInvalidField, codes.InvalidArgument},
		"to is ahead":    {source, timestamppb.New(now), timestamppb.New(now.Add(time.Hour)), rpc.ReasonInvalidField, codes.InvalidArgument},
		"the wrong way":  {source, timestamppb.New(now), timestamppb.New(now.Add(-time.Hour)), rpc.ReasonInvalidField, codes.InvalidArgument},
		"no past":        {"present", timestamppb.New(now.Add(-time.Hour)), nil, poll.ReasonNoPast, codes.FailedPrecondition},
	} {
		t.Run(name, func(t *testing.T) {
			stream, err := client.Backfill(t.Context(), &pollerv1.BackfillRequest{Source: test.source, From: test.from, To: test.to})
			require.NoError(t, err)
			_, err = stream.Recv()
			require.Equal(t, test.reason, rpc.Reason(err), err)
			require.Equal(t, test.code.String(), status.Code(err).String())
		})
	}
}
