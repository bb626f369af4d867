package anodot

import (
	"time"

	"go.uber.org/fx"

	"github.com/signalbox-io/signalbox/pkg/config"
	"github.com/signalbox-io/signalbox/pkg/poll"
	"github.com/signalbox-io/signalbox/pkg/rpc"
	anodotv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anodot/v1"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
)

// Module polls the Anodot accounts of this process's configuration.
var Module = fx.Module("poller-anodot",
	fx.Provide(fx.Private, newGroup),
	fx.Invoke(func(lc fx.Lifecycle, g *poll.Group) { lc.Append(fx.StartStopHook(g.Start, g.Stop)) }),
)

func newGroup(cfg config.Config, dialer *rpc.Dialer, process poll.Process) (*poll.Group, error) {
	return poll.NewGroup(cfg.Sources, poll.Vendor{
		Name:      eventv1.Vendor_VENDOR_ANODOT,
		MaxWindow: maxWindow,
		HasPast: true,
		Open: func(source config.Source) (poll.Fetcher, error) {
			conn, err := dialer.Conn(source.Adapter)
			if err != nil {
				return nil, err
			}
			return NewSource(source, anodotv1.NewAnodotServiceClient(conn), time.Now), nil
		},
	}, process)
}
