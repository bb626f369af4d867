package anomify

import (
	"time"

	"go.uber.org/fx"

	"github.com/signalbox-io/signalbox/pkg/config"
	"github.com/signalbox-io/signalbox/pkg/poll"
	"github.com/signalbox-io/signalbox/pkg/rpc"
	anomifyv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anomify/v1"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
)

// Module polls the Anomify organisations of this process's configuration.
var Module = fx.Module("poller-anomify",
	fx.Provide(fx.Private, newGroup),
	fx.Invoke(func(lc fx.Lifecycle, g *poll.Group) { lc.Append(fx.StartStopHook(g.Start, g.Stop)) }),
)

func newGroup(cfg config.Config, dialer *rpc.Dialer, process poll.Process) (*poll.Group, error) {
	return poll.NewGroup(cfg.Sources, poll.Vendor{
		Name:      eventv1.Vendor_VENDOR_ANOMIFY,
		MaxWindow: maxWindow, FollowOpen: followOpen,
		HasPast: true,
		Open: func(source config.Source) (poll.Fetcher, error) {
			conn, err := dialer.Conn(source.Adapter)
			if err != nil {
				return nil, err
			}
			paced := &poll.Paced{Hurries: true}
			paced.Fetcher = NewSource(source, anomifyv1.NewAnomifyServiceClient(paced.Watch(conn)), time.Now)
			return paced, nil
		},
	}, process)
}
