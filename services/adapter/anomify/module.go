package anomify

import (
	"go.uber.org/fx"

	"github.com/signalbox-io/signalbox/pkg/rpc"
)

// Module serves the Anomify organisations of this process.
var Module = fx.Module("adapter-anomify",
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
