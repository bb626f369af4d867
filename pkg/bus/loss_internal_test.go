package bus

import (
	"context"
	"log/slog"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/bus/busserver"
)

func server(t *testing.T) *busserver.Server {
	t.Helper()
	s := busserver.New(busserver.Options{StoreDir: t.TempDir()}, slog.New(slog.DiscardHandler))
	require.NoError(t, s.Start(t.Context()))
	t.Cleanup(func() { require.NoError(t, s.Stop(context.Background())) })
	return s
}

// connect starts a bus on the server; it tells in lost what it missed.
func connect(t *testing.T, s *busserver.Server, opts Options, young time.Duration) (b *Bus, lost *[]string) {
	t.Helper()
	lost = &[]string{}
	opts.Server, opts.OnLoss = s, func(part string) { *lost = append(*lost, part) }
	b = New(opts, slog.New(slog.DiscardHandler))
	b.young = young
	require.NoError(t, b.Start(t.Context()))
	t.Cleanup(func() { require.NoError(t, b.Stop(context.Background())) })
	return b, lost
}

func TestStart_NamesWhatIsMissingBesideOthers(t *testing.T) {
	s := server(t)
	first, lost := connect(t, s, Options{}, 0)
	require.Empty(t, *lost, "a new bus has lost nothing")
	for part := range parts() {
		_, err := first.JetStream().Stream(t.Context(), part)
		require.NoError(t, err, "every part is one that is created")
	}
	require.NoError(t, first.JetStream().DeleteStream(t.Context(), "KV_"+BucketLeases))
	require.NoError(t, first.JetStream().DeleteStream(t.Context(), StreamDead))

	second, lost := connect(t, s, Options{}, 0)
	require.Equal(t, []string{"KV_" + BucketLeases, StreamDead}, *lost)
	_, err := second.Leases().PutString(t.Context(), "x", "x")
	require.NoError(t, err)
	_, lost = connect(t, s, Options{}, 0)
	require.Empty(t, *lost)
}

// Processes that start together each find what the others have created so far.
func TestStart_ABusThatIsBeingCreatedHasLostNothing(t *testing.T) {
	s := server(t)
	first, _ := connect(t, s, Options{}, young)
	require.NoError(t, first.JetStream().DeleteStream(t.Context(), StreamDead))
	_, lost := connect(t, s, Options{}, young)
	require.Empty(t, *lost)
}

func TestStart_LimitsStreamsThatAreThere(t *testing.T) {
	s := server(t)
	limitsOf := func(b *Bus) Limits {
		t.Helper()
		stream, err := b.JetStream().Stream(t.Context(), StreamEvents)
		require.NoError(t, err)
		config := stream.CachedInfo().Config
		require.LessOrEqual(t, config.Duplicates, config.MaxAge)
		return Limits{MaxAge: config.MaxAge, MaxBytes: config.MaxBytes}
	}
	b, _ := connect(t, s, Options{}, 0)
	require.Equal(t, Limits{MaxAge: retention, MaxBytes: -1}, limitsOf(b))
	small := Limits{MaxAge: time.Hour, MaxBytes: 1 << 30}
	b, _ = connect(t, s, Options{Limits: map[string]Limits{StreamEvents: small}}, 0)
	require.Equal(t, small, limitsOf(b))
	b, _ = connect(t, s, Options{}, 0)
	require.Equal(t, small, limitsOf(b), "what is not configured stays as it is")
}

func TestDurability_SaysWhatEachPartCosts(t *testing.T) {
	page, err := os.ReadFile("../../docs/durability.md")
	require.NoError(t, err)
	for part, effect := range parts() {
		require.Contains(t, string(page), "| `"+part+"` | "+effect+" |\n")
	}
}
