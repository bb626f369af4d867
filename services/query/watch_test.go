package query_test

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/signalbox-io/signalbox/pkg/rpc"
	queryv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/query/v1"
	"github.com/signalbox-io/signalbox/services/query"
)

// watch begins a watch and returns once it is on.
func (r *rig) watch(ctx context.Context, filter string) grpc.ServerStreamingClient[queryv1.WatchEventsResponse] {
	r.t.Helper()
	stream, err := r.client.WatchEvents(ctx, &queryv1.WatchEventsRequest{Filter: filter})
	require.NoError(r.t, err)
	header, err := stream.Header()
	require.NoError(r.t, err)
	require.NotNil(r.t, header)
	return stream
}

func (r *rig) awaitReady() {
	r.t.Helper()
	require.Eventually(r.t, func() bool { return r.health.Report().Ready }, patience, tick)
}

func TestWatchEvents_TellsOfWhatArrivesAndCanBeRead(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.publish(newEvent(0))
	r.awaitReady()
	stream := r.watch(t.Context(), "traffic.measures.visitors != 2")
	_, err := r.bus.PublishEvents(t.Context(), newEvents(1, 5))
	require.NoError(t, err)
	var seen []string
	for range 3 {
		answer, err := stream.Recv()
		require.NoError(t, err)
		seen = append(seen, answer.GetEvent().GetNativeId())
		_, err = r.client.GetEvent(t.Context(), &queryv1.GetEventRequest{Id: answer.GetEvent().GetId()})
		require.NoError(t, err, "what is told can be read")
	}
	require.Equal(t, []string{"n1", "n3", "n4"}, seen, "in the order of the stream, without what was there before")
}

func TestWatchEvents_CallerThatGoesIsForgotten(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ctx, cancel := context.WithCancel(t.Context())
	r.watch(ctx, "")
	require.Equal(t, 1, r.metric("signalbox_query_watchers"))
	cancel()
	require.Eventually(t, func() bool { return r.metric("signalbox_query_watchers") == 0 }, patience, tick)
}

func TestWatchEvents_SlowCallerIsEndedAndNobodyWaitsForIt(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.awaitReady()
	slow := r.watch(t.Context(), "")
	quick := r.watch(t.Context(), "traffic.measures.visitors == 2999")
	const count = 3000
	for from := 0; from < count; from += 500 {
		events := newEvents(from, from+500)
		for _, e := range events {
			e.Raw = strings.Repeat("x", 4<<10) // more than the window that nobody reads from
		}
		r.publish(events...)
	}
	answer, err := quick.Recv()
	require.NoError(t, err)
	require.Equal(t, "n2999", answer.GetEvent().GetNativeId())
	require.Equal(t, 1, r.metric("signalbox_query_slow_watchers_total"))
	require.Eventually(t, func() bool { return r.metric("signalbox_query_watchers") == 1 }, patience, tick)

	for err == nil {
		_, err = slow.Recv()
	}
	require.Equal(t, codes.ResourceExhausted, status.Code(err))
	require.Equal(t, query.ReasonSlowWatcher, rpc.Reason(err))
	require.ErrorContains(t, err, "call again")
}

func TestWatchEvents_RefusesTooManyCallers(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for range 256 {
		r.watch(t.Context(), "")
	}
	stream, err := r.client.WatchEvents(t.Context(), &queryv1.WatchEventsRequest{})
	require.NoError(t, err)
	_, err = stream.Recv()
	require.Equal(t, query.ReasonTooManyWatchers, rpc.Reason(err))
}

func TestWatchEvents_EndsWithTheServersStreams(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	stream := r.watch(t.Context(), "")
	sse := r.sse(t.Context(), "/v1/events:watch")
	require.NoError(t, r.server.Drain(t.Context()))
	_, err := stream.Recv()
	require.Equal(t, rpc.ReasonStopping, rpc.Reason(err))
	for sse.Scan() {
		require.NotContains(t, sse.Text(), "data: {\"event")
	}
}

func TestWatchEvents_EndsWithTheService(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	sse := r.sse(t.Context(), "/v1/events:watch")
	require.NoError(t, r.service.Stop(t.Context()))
	require.Equal(t, "event: status", nextLine(t, sse))
	var told struct {
		Code    int
		Details []struct{ Reason string }
	}
	require.NoError(t, json.Unmarshal([]byte(strings.TrimPrefix(nextLine(t, sse), "data: ")), &told))
	require.Equal(t, int(codes.Unavailable), told.Code)
	require.Equal(t, rpc.ReasonStopping, told.Details[0].Reason)
	require.Empty(t, nextLine(t, sse))
	require.False(t, sse.Scan(), "it is the last one")
}

// sse begins to watch over HTTP as curl does, without an Accept header, and
// returns the lines after the comment that says that the watch is on.
func (r *rig) sse(ctx context.Context, path string) *bufio.Scanner {
	r.t.Helper()
	response := r.request(ctx, http.MethodGet, path)
	r.t.Cleanup(func() { _ = response.Body.Close() })
	require.Equal(r.t, http.StatusOK, response.StatusCode)
	require.Equal(r.t, "text/event-stream", response.Header.Get("Content-Type"))
	lines := bufio.NewScanner(response.Body)
	lines.Buffer(nil, 1<<20)
	require.Equal(r.t, ": watching", nextLine(r.t, lines))
	require.Empty(r.t, nextLine(r.t, lines))
	return lines
}

func nextLine(t *testing.T, lines *bufio.Scanner) string {
	t.Helper()
	require.True(t, lines.Scan(), "the stream ended: %v", lines.Err())
	return lines.Text()
}

func TestSSE_StreamsEventsThatPassTheFilter(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.awaitReady()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	lines := r.sse(ctx, "/v1/events:watch"+filtered("traffic.measures.visitors >= 1"))
	_, err := r.bus.PublishEvents(t.Context(), newEvents(0, 3))
	require.NoError(t, err)
	for _, want := range []string{"n1", "n2"} {
		line := nextLine(t, lines)
		require.True(t, strings.HasPrefix(line, `data: {"event":{`), line)
		var told struct{ Event struct{ NativeID string } }
		require.NoError(t, json.Unmarshal([]byte(strings.TrimPrefix(line, "data: ")), &told))
		require.Equal(t, want, told.Event.NativeID)
		require.Empty(t, nextLine(t, lines))
	}
	cancel()
	require.Eventually(t, func() bool { return r.metric("signalbox_query_watchers") == 0 }, patience, tick, "it ends when the caller goes")
}

func TestSSE_FaultsBeforeTheWatchAreOrdinaryAnswers(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	code, body := r.get("/v1/events:watch" + filtered("event.id =="))
	require.Equal(t, http.StatusBadRequest, code)
	require.Contains(t, body["message"], "filter: 1:12: ")
	code, body = r.get("/v1/events:watch?page_size=1")
	require.Equal(t, http.StatusBadRequest, code)
	require.Contains(t, body["message"], "page_size: unknown parameter; expected filter")
}
