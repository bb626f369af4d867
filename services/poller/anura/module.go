package anura

import (
	"time"

	"go.uber.org/fx"

	"github.com/signalbox-io/signalbox/pkg/config"
	"github.com/signalbox-io/signalbox/pkg/poll"
	"github.com/signalbox-io/signalbox/pkg/rpc"
	anurav1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anura/v1"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
)

// Module polls the Anura accounts of this process's configuration.
var Module = fx.Module("poller-anura",
	fx.Provide(fx.Private, newGroup),
	fx.Invoke(func(lc fx.Lifecycle, g *poll.Group) { lc.Append(fx.StartStopHook(g.Start, g.Stop)) }),
)

func newGroup(cfg config.Config, dialer *rpc.Dialer, process poll.Process) (*poll.Group, error) {
	return poll.NewGroup(cfg.Sources, poll.Vendor{
		Name:    eventv1.Vendor_VENDOR_ANURA,
		HasPast: true,
		Open: func(source config.Source) (poll.Fetcher, error) {
			conn, err := dialer.Conn(source.Adapter)
			if err != nil {
				return nil, err
			}
			paced := &poll.Paced{}
			paced.Fetcher = NewSource(source, anurav1.NewAnuraServiceClient(paced.Watch(conn)), time.Now)
			return paced, nil
		},
	}, process)
}
