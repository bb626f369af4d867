// Package bustest gives tests a real bus: an embedded NATS JetStream server
// with file storage in the test's own folder.
package bustest

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/signalbox-io/signalbox/pkg/bus"
	"github.com/signalbox-io/signalbox/pkg/bus/busserver"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
)

const (
	patience = 90 * time.Second
	// requestTime is how long a request of a test may take: a busy machine is slow.
	requestTime = 30 * time.Second
)

// VerifyTestMain runs the tests of a package that uses a bus and fails if they
// leave goroutines behind, but for one that nats.go v1.55.0 leaves when a
// connection closes while its first asynchronous publish sets itself up.
func VerifyTestMain(m *testing.M) {
	goleak.VerifyTestMain(m,
		goleak.IgnoreTopFunction("github.com/nats-io/nats.go/jetstream.(*jetStream).resetPendingAcksOnReconnect"))
}

// New returns a started bus on a server of its own; both end with the test.
func New(tb testing.TB) *bus.Bus {
	tb.Helper()
	return Connect(tb, NewServer(tb))
}

// NewServer returns a running server that ends with the test. Stop and Start
// it to take the bus away and give it back.
func NewServer(tb testing.TB) *busserver.Server {
	tb.Helper()
	s := busserver.New(busserver.Options{StoreDir: tb.TempDir()}, slog.New(slog.DiscardHandler))
	require.NoError(tb, s.Start(deadline(tb)))
	tb.Cleanup(func() { require.NoError(tb, s.Stop(context.Background())) })
	return s
}

// Connect returns a started bus on s that ends with the test.
func Connect(tb testing.TB, s *busserver.Server) *bus.Bus {
	tb.Helper()
	return ConnectWith(tb, s, bus.Options{})
}

// ConnectWith is Connect with options of the test's own; Server, Name and
// RequestTime are filled in.
func ConnectWith(tb testing.TB, s *busserver.Server, opts bus.Options) *bus.Bus {
	tb.Helper()
	opts.Server, opts.Name, opts.RequestTime = s, tb.Name(), requestTime
	b := bus.New(opts, slog.New(slog.DiscardHandler))
	require.NoError(tb, b.Start(deadline(tb)))
	tb.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		require.NoError(tb, b.Stop(ctx))
	})
	return b
}

// Publish publishes events, again for as long as a busy machine does not take them in
// time: those that it has taken are known by their ids.
func Publish(tb testing.TB, b *bus.Bus, events ...*eventv1.Event) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), patience)
	defer cancel()
	_, err := b.PublishEvents(ctx, events)
	for err != nil && ctx.Err() == nil && !bus.IsRefused(err) {
		_, err = b.PublishEvents(ctx, events)
	}
	require.NoError(tb, err)
}

func deadline(tb testing.TB) context.Context {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	tb.Cleanup(cancel)
	return ctx
}
