package analytics

import (
	"go.uber.org/fx"

	"github.com/signalbox-io/signalbox/pkg/rpc"
)

// Module serves the Analytics Platform accounts of this process.
var Module = fx.Module("adapter-analytics",
	fx.Provide(
		fx.Private,
		New,
	),
	fx.Provide(
		fx.Annotate(asService, fx.ResultTags(`group:"grpc"`)),
	),
	fx.Invoke(func(lc fx.Lifecycle, s *Server) { lc.Append(fx.StartStopHook(s.Start, s.Stop)) }),
)

func asService(s *Server) rpc.Service { return s }
