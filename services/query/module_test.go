package query_test

import (
	"log/slog"
	"path/filepath"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"go.uber.org/fx"
	"go.uber.org/fx/fxtest"

	"github.com/signalbox-io/signalbox/pkg/bus"
	"github.com/signalbox-io/signalbox/pkg/bus/bustest"
	"github.com/signalbox-io/signalbox/pkg/config"
	"github.com/signalbox-io/signalbox/pkg/health"
	"github.com/signalbox-io/signalbox/pkg/rpc"
	"github.com/signalbox-io/signalbox/services/query"
)

func TestModule_ContributesServiceAndRoutes(t *testing.T) {
	t.Parallel()
	b := bustest.New(t)
	type contributions struct {
		fx.In

		Services []rpc.Service `group:"grpc"`
		Routes   []rpc.Route   `group:"http"`
	}
	var got contributions
	dialer := rpc.NewDialer(slog.New(slog.DiscardHandler))
	app := fxtest.New(t,
		query.Module,
		fx.Supply(b, dialer, slog.New(slog.DiscardHandler), health.New(), config.Config{
			GRPC:  config.Listen{Address: "127.0.0.1:1"},
			Query: config.Query{SQLitePath: filepath.Join(t.TempDir(), "query.db"), Retention: 1},
		}),
		fx.Provide(func() prometheus.Registerer { return prometheus.NewRegistry() }),
		fx.Invoke(func(c contributions, _ *bus.Bus) { got = c }),
		fx.NopLogger,
	)
	app.RequireStart()
	require.Len(t, got.Services, 1)
	require.Len(t, got.Routes, 2)
	app.RequireStop()
	require.NoError(t, dialer.Stop(t.Context()))
}
