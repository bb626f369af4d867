package query

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	queryv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/query/v1"
)

// silent is a service whose watch begins after a while and tells what a test
// gives it.
type silent struct {
	queryv1.QueryServiceClient
	grpc.ServerStreamingClient[queryv1.WatchEventsResponse]

	ctx    context.Context //nolint:containedctx // a stream has one
	begins time.Duration
	events chan *eventv1.Event
}

func (s *silent) WatchEvents(
	ctx context.Context, _ *queryv1.WatchEventsRequest, _ ...grpc.CallOption,
) (grpc.ServerStreamingClient[queryv1.WatchEventsResponse], error) {
	s.ctx = ctx
	return s, nil
}

func (s *silent) Header() (metadata.MD, error) {
	select {
	case <-time.After(s.begins):
		return metadata.MD{}, nil
	case <-s.ctx.Done():
		return nil, s.ctx.Err()
	}
}

func (s *silent) Recv() (*queryv1.WatchEventsResponse, error) {
	select {
	case event := <-s.events:
		return &queryv1.WatchEventsResponse{Event: event}, nil
	case <-s.ctx.Done():
		return nil, s.ctx.Err()
	}
}

// page is a writer whose content can be read meanwhile.
type page struct {
	mu      sync.Mutex
	header  http.Header
	content strings.Builder
	gone    bool
}

func (p *page) Header() http.Header { return p.header }
func (p *page) WriteHeader(int)     {}
func (p *page) Flush()              {}

func (p *page) Write(data []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.gone {
		return 0, net.ErrClosed
	}
	return p.content.Write(data)
}

func (p *page) text() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.content.String()
}

func TestSSE_SilentStreamSaysThatItIsAlive(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		service := &silent{events: make(chan *eventv1.Event)}
		ctx, cancel := context.WithCancel(t.Context())
		written := &page{header: http.Header{}}
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			request := httptest.NewRequestWithContext(ctx, http.MethodGet, watchPath, nil)
			(&watchHandler{client: service}).ServeHTTP(written, request)
		}()
		const alive = ": keep-alive\n\n"
		want := ": watching\n\n"
		advance := func(d time.Duration) {
			timer := time.NewTimer(d)
			<-timer.C
			synctest.Wait()
		}
		advance(14 * time.Second)
		require.Equal(t, want, written.text())
		advance(time.Second)
		want += alive
		require.Equal(t, want, written.text())
		advance(10 * time.Second)
		service.events <- nil
		want += "data: {}\n\n"
		advance(14 * time.Second)
		require.Equal(t, want, written.text(), "an event is a sign of life too")
		advance(time.Second)
		require.Equal(t, want+alive, written.text())
		cancel()
		<-ended
	})
}

func TestSSE_EndsWhenNothingCanBeWritten(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		service := &silent{events: make(chan *eventv1.Event, 1)}
		written := &page{header: http.Header{}}
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, watchPath, nil)
			(&watchHandler{client: service}).ServeHTTP(written, request)
		}()
		synctest.Wait()
		written.mu.Lock()
		written.gone = true
		written.mu.Unlock()
		service.events <- nil
		<-ended // with the reading of the watch, or the bubble would not end
	})
}

func TestSSE_WatchThatDoesNotBeginIsGivenUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		recorder := httptest.NewRecorder()
		request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, watchPath, nil)
		(&watchHandler{client: &silent{begins: time.Hour}}).ServeHTTP(recorder, request)
		require.Equal(t, http.StatusServiceUnavailable, recorder.Code)
		require.Contains(t, recorder.Body.String(), ReasonNotBegun)
	})
}
