package busserver_test

import (
	"context"
	"log/slog"
	"net"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/bus/busserver"
)

func TestStart_TellsAtOnceOfAnAddressInUse(t *testing.T) {
	t.Parallel()
	var config net.ListenConfig
	listener, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, listener.Close()) })
	s := busserver.New(busserver.Options{Listen: listener.Addr().String(), StoreDir: t.TempDir()}, slog.New(slog.DiscardHandler))

	// That it was waited for in vain would read otherwise.
	require.ErrorContains(t, s.Start(t.Context()), "free the address or set nats.embedded.listen")
	require.NoError(t, s.Stop(context.Background()))
}
