package query

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/signalbox-io/signalbox/pkg/rpc"
	queryv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/query/v1"
)

const (
	// keepAlive is how often a silent stream says that it is alive, so that
	// proxies leave it open and a dead caller is noticed.
	keepAlive = 15 * time.Second
	// openTime is how long a watch may take to begin.
	openTime = 10 * time.Second
	// sseWriteTime is how long one write to a caller may hang.
	sseWriteTime = 30 * time.Second
)

// watchHandler serves WatchEvents as server-sent events. A fault before the
// watch is on is an ordinary answer; one after it is an event named `status`,
// the last one.
type watchHandler struct {
	client queryv1.QueryServiceClient
}

// ServeHTTP streams until the caller goes or the watch ends.
func (h *watchHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := checkParameters(r.URL, requestOf(watchPath)); err != nil {
		writeError(w, err)
		return
	}
	ctx, cancel := context.WithCancel(r.Context())
	var reading sync.WaitGroup
	defer reading.Wait()
	defer cancel()
	stream, err := h.open(ctx, cancel, r.URL.Query().Get("filter"))
	if err != nil {
		writeError(w, err)
		return
	}
	out := newEventWriter(w)
	if out.begin() != nil {
		return
	}
	messages := make(chan received)
	reading.Go(func() { receive(ctx, stream, messages) })
	out.copy(ctx, messages)
}

// open begins the watch and returns once it is on, or with what keeps it from
// beginning.
func (h *watchHandler) open(
	ctx context.Context, cancel context.CancelFunc, filter string,
) (grpc.ServerStreamingClient[queryv1.WatchEventsResponse], error) {
	timer := time.AfterFunc(openTime, cancel)
	stream, err := h.client.WatchEvents(ctx, &queryv1.WatchEventsRequest{Filter: filter})
	var header metadata.MD
	if err == nil {
		header, err = stream.Header()
	}
	if !timer.Stop() {
		return nil, rpc.Error(codes.Unavailable, ReasonNotBegun, nil, "the watch did not begin within %s; call again", openTime)
	}
	if err == nil && header == nil { // ended before it began
		_, err = stream.Recv()
	}
	return stream, err
}

// received is one message of the watch, or its end.
type received struct {
	message *queryv1.WatchEventsResponse
	err     error
}

// receive hands messages on until the watch or ctx ends.
func receive(ctx context.Context, stream grpc.ServerStreamingClient[queryv1.WatchEventsResponse], to chan<- received) {
	for {
		message, err := stream.Recv()
		select {
		case to <- received{message, err}:
		case <-ctx.Done():
			return
		}
		if err != nil {
			return
		}
	}
}

// eventWriter writes server-sent events, each one at once.
type eventWriter struct {
	w       http.ResponseWriter
	control *http.ResponseController
}

func newEventWriter(w http.ResponseWriter) *eventWriter {
	return &eventWriter{w: w, control: http.NewResponseController(w)}
}

// begin sends the header and a comment, by which the caller sees that the
// watch is on.
func (o *eventWriter) begin() error {
	header := o.w.Header()
	header.Set("Content-Type", "text/event-stream")
	header.Set("Cache-Control", "no-store")
	header.Set("X-Accel-Buffering", "no") // proxies that read it do not hold events back
	o.w.WriteHeader(http.StatusOK)
	return o.write(": watching\n\n")
}

// copy writes what is received, and a comment whenever nothing was for a
// while.
func (o *eventWriter) copy(ctx context.Context, from <-chan received) {
	ticker := time.NewTicker(keepAlive)
	defer ticker.Stop()
	for {
		var err error
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			err = o.write(": keep-alive\n\n")
		case next := <-from:
			if next.err != nil {
				o.end(next.err)
				return
			}
			ticker.Reset(keepAlive)
			err = o.message("", next.message)
		}
		if err != nil {
			return // the caller is gone, or takes nothing any more
		}
	}
}

// end says why the stream ends. Nobody is left to be told if that fails.
func (o *eventWriter) end(err error) {
	if !errors.Is(err, io.EOF) {
		_ = o.message("event: status\n", status.Convert(err).Proto())
	}
}

func (o *eventWriter) message(prefix string, m proto.Message) error {
	line, err := compactJSON(m)
	if err != nil {
		return err
	}
	return o.write(fmt.Sprintf("%sdata: %s\n\n", prefix, line))
}

func (o *eventWriter) write(text string) error {
	// A writer without deadlines, as tests have, goes without.
	_ = o.control.SetWriteDeadline(time.Now().Add(sseWriteTime))
	if _, err := io.Copy(o.w, strings.NewReader(text)); err != nil {
		return err
	}
	return o.control.Flush()
}
