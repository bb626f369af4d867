package action_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/bus"
	"github.com/signalbox-io/signalbox/pkg/bus/busserver"
)

// pool lends buses to tests, one after the other: to start a server with all its
// streams takes longer than most of the tests.
type pool struct {
	mu   sync.Mutex
	free []*lent
	all  []*lent
}

var buses pool

// lent is a bus on a server of its own.
type lent struct {
	server *busserver.Server
	bus    *bus.Bus
	dir    string
	// written are the streams that the tests write.
	written []jetstream.StreamConfig
}

// borrow returns a bus that holds nothing, until the test ends.
func (p *pool) borrow(t *testing.T) *bus.Bus {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	l, err := p.take(ctx)
	require.NoError(t, err)
	t.Cleanup(func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.free = append(p.free, l)
	})
	return l.bus
}

func (p *pool) take(ctx context.Context) (*lent, error) {
	p.mu.Lock()
	if last := len(p.free) - 1; last >= 0 {
		l := p.free[last]
		p.free = p.free[:last]
		p.mu.Unlock()
		return l, l.clear(ctx)
	}
	p.mu.Unlock()
	l, err := lend(ctx)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.all = append(p.all, l)
	return l, err
}

func lend(ctx context.Context) (*lent, error) {
	logger := slog.New(slog.DiscardHandler)
	dir, err := os.MkdirTemp("", "action-test-")
	if err != nil {
		return nil, err
	}
	l := &lent{server: busserver.New(busserver.Options{StoreDir: dir}, logger), dir: dir}
	l.bus = bus.New(bus.Options{Server: l.server, Name: "action", RequestTime: 30 * time.Second}, logger)
	if err := errors.Join(l.server.Start(ctx), l.bus.Start(ctx)); err != nil {
		return l, err
	}
	for _, name := range []string{bus.StreamActions, "KV_" + bus.BucketLedger, "KV_" + bus.BucketLeases} {
		stream, err := l.bus.JetStream().Stream(ctx, name)
		if err != nil {
			return l, err
		}
		l.written = append(l.written, stream.CachedInfo().Config)
	}
	return l, nil
}

// clear makes the streams anew: what a stream remembers of messages goes with it.
// A message of its own comes after all that a killed process has sent: without it
// one of those might be stored after the stream is made again.
func (l *lent) clear(ctx context.Context) error {
	for _, config := range l.written {
		last := strings.NewReplacer("*", "last", ">", "last").Replace(config.Subjects[0])
		if _, err := l.bus.JetStream().Publish(ctx, last, nil); err != nil {
			return err
		}
		if err := l.remake(ctx, config); err != nil {
			return err
		}
	}
	return nil
}

// remake deletes the stream and makes it again. The server moves what it deletes to
// another folder and removes it later; where that folder is still there from the time
// before, the stream would come back with all that it held.
func (l *lent) remake(ctx context.Context, config jetstream.StreamConfig) error {
	if err := os.RemoveAll(filepath.Join(l.dir, "jetstream", "$G", "streams", "."+config.Name)); err != nil {
		return err
	}
	if err := l.bus.JetStream().DeleteStream(ctx, config.Name); err != nil {
		return err
	}
	stream, err := l.bus.JetStream().CreateStream(ctx, config)
	if err != nil {
		return err
	}
	if n := stream.CachedInfo().State.LastSeq; n > 0 {
		return fmt.Errorf("stream %s was deleted and has come back with %d messages", config.Name, n)
	}
	return nil
}

// run runs the tests and ends every server, for goleak.
func (p *pool) run(m *testing.M) int {
	code := m.Run()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for _, l := range p.all {
		if err := errors.Join(l.bus.Stop(ctx), l.server.Stop(ctx), os.RemoveAll(l.dir)); err != nil && code == 0 {
			code = 1
		}
	}
	return code
}

// testsOn are tests that use the pool.
type testsOn struct {
	*pool
	tests *testing.M
}

// Run implements goleak.TestingM.
func (t testsOn) Run() int { return t.run(t.tests) }
