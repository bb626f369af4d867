package query

import (
	"go.uber.org/fx"

	"github.com/signalbox-io/signalbox/pkg/config"
	"github.com/signalbox-io/signalbox/pkg/rpc"
)

// Module serves the read model of this process.
var Module = fx.Module("query",
	fx.Provide(
		fx.Private,
		New,
	),
	fx.Provide(
		fx.Annotate(asService, fx.ResultTags(`group:"grpc"`)),
		fx.Annotate(newRoutes, fx.ResultTags(`group:"http,flatten"`)),
	),
	fx.Invoke(func(lc fx.Lifecycle, s *Server) { lc.Append(fx.StartStopHook(s.Start, s.Stop)) }),
)

func asService(s *Server) rpc.Service { return s }

// newRoutes calls the process's own gRPC server, so that REST passes through
// everything that a gRPC call does.
func newRoutes(cfg config.Config, dialer *rpc.Dialer) ([]rpc.Route, error) {
	conn, err := dialer.Conn(cfg.GRPC.Address)
	if err != nil {
		return nil, err
	}
	return Routes(conn)
}
