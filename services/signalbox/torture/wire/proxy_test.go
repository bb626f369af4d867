package wire_test

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/bus/busserver"
	"github.com/signalbox-io/signalbox/services/signalbox/torture/wire"
)

const patience = 90 * time.Second

// bed is a server and a proxy before it.
type bed struct {
	t      *testing.T
	server *busserver.Server
	proxy  *wire.Proxy

	mu     sync.Mutex
	cut    func(wire.Write) wire.Cut
	killed int
	client *nats.Conn
}

func newBed(t *testing.T) *bed {
	t.Helper()
	b := &bed{
		t:      t,
		server: busserver.New(busserver.Options{Listen: "127.0.0.1:0", StoreDir: t.TempDir()}, slog.New(slog.DiscardHandler)),
		cut:    func(wire.Write) wire.Cut { return wire.Pass },
	}
	require.NoError(t, b.server.Start(t.Context()))
	t.Cleanup(func() { require.NoError(t, b.server.Stop(context.Background())) })
	var err error
	b.proxy, err = wire.NewProxy(t.Context(), wire.Options{
		Server: strings.TrimPrefix(b.server.URL(), "nats://"),
		Watch: func(w wire.Write) wire.Cut {
			b.mu.Lock()
			defer b.mu.Unlock()
			return b.cut(w)
		},
		Kill: b.kill,
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, b.proxy.Close()) })
	return b
}

// kill ends the client as a killed process would.
func (b *bed) kill() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.killed++
	b.client.Close()
}

func (b *bed) kills() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.killed
}

func (b *bed) connect(url string) jetstream.JetStream {
	b.t.Helper()
	nc, err := nats.Connect(url, nats.NoReconnect())
	require.NoError(b.t, err)
	b.t.Cleanup(nc.Close)
	js, err := jetstream.New(nc)
	require.NoError(b.t, err)
	return js
}

// through connects by the proxy.
func (b *bed) through() jetstream.JetStream {
	b.t.Helper()
	js := b.connect("nats://" + b.proxy.Addr())
	b.mu.Lock()
	defer b.mu.Unlock()
	b.client = js.Conn()
	return js
}

func (b *bed) cutAt(number int, where wire.Cut) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.cut = func(w wire.Write) wire.Cut {
		if w.Number == number {
			return where
		}
		return wire.Pass
	}
}

func TestProxy_CutsExactlyWhereItIsTold(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		where  wire.Cut
		stored uint64
	}{{"before the write", wire.Before, 2}, {"after the write", wire.After, 3}} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			b := newBed(t)
			js := b.through()
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			kv, err := js.CreateKeyValue(ctx, jetstream.KeyValueConfig{Bucket: "B"})
			require.NoError(t, err)
			b.cutAt(4, tc.where) // the creation of the bucket is the first
			for i := range 2 {
				_, err = kv.PutString(ctx, "k", strings.Repeat("x", 1+100_000*i))
				require.NoError(t, err)
			}
			short, stop := context.WithTimeout(ctx, 6*time.Second)
			defer stop()
			_, err = kv.PutString(short, "k", "third")
			require.Error(t, err, "the client must not hear of it")
			require.Equal(t, 1, b.kills())
			require.Equal(t, 4, b.proxy.Writes())

			stream, err := b.connect(b.server.URL()).Stream(ctx, "KV_B")
			require.NoError(t, err)
			require.Equal(t, tc.stored, stream.CachedInfo().State.LastSeq)
		})
	}
}

func TestProxy_CutsAfterAMessageWithoutAnswer(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	heard, err := b.connect(b.server.URL()).Conn().SubscribeSync("signalbox.>")
	require.NoError(t, err)
	require.NoError(t, heard.SetPendingLimits(-1, -1))
	js := b.through()
	b.cutAt(1, wire.After)
	require.NoError(t, js.Conn().Publish("signalbox.notify.x", []byte("hello")))
	require.NoError(t, js.Conn().Publish("elsewhere", nil), "no write")
	_, err = heard.NextMsg(patience)
	require.NoError(t, err)
	require.Eventually(t, func() bool { return b.kills() == 1 }, patience, time.Millisecond)
}

func TestRelay_HoldsAndReleases(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	relay, err := wire.NewRelay(t.Context(), b.proxy.Addr())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, relay.Close()) })
	nc := b.connect("nats://" + relay.Addr()).Conn()
	require.NoError(t, nc.FlushTimeout(patience))
	relay.Hold()
	require.Error(t, nc.FlushTimeout(50*time.Millisecond))
	require.True(t, nc.IsConnected(), "a cut network closes nothing")
	relay.Release()
	require.NoError(t, nc.FlushTimeout(patience))
}
