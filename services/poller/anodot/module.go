package anodot

import (
	"time"

	"go.uber.org/fx"

	"github.com/signalbox-io/signalbox/pkg/config"
	"github.com/signalbox-io/signalbox/pkg/poll"
	"github.com/signalbox-io/signalbox/pkg/rpc"
	anodotv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anodot/v1"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	"github.com/signalbox-io/signalbox/services/poller/anodot/webhook"
)

// Module polls the Anodot accounts of this process's configuration and takes
// what they push.
var Module = fx.Module("poller-anodot",
	fx.Provide(fx.Private, newGroup, newReceiver),
	fx.Provide(fx.Annotate(newRoute, fx.ResultTags(`group:"http"`))),
	fx.Invoke(func(lc fx.Lifecycle, g *poll.Group, r *webhook.Receiver) {
		lc.Append(fx.StartStopHook(g.Start, g.Stop))
		lc.Append(fx.StartStopHook(r.Start, r.Stop))
	}),
)

func newGroup(cfg config.Config, dialer *rpc.Dialer, process poll.Process) (*poll.Group, error) {
	return poll.NewGroup(cfg.Sources, poll.Vendor{
		Name:      eventv1.Vendor_VENDOR_ANODOT,
		MaxWindow: maxWindow, FollowOpen: followOpen,
		HasPast: true,
		Open: func(source config.Source) (poll.Fetcher, error) {
			conn, err := dialer.Conn(source.Adapter)
			if err != nil {
				return nil, err
			}
			paced := &poll.Paced{Hurries: true}
			paced.Fetcher = NewSource(source, anodotv1.NewAnodotServiceClient(paced.Watch(conn)), time.Now)
			return paced, nil
		},
	}, process)
}

func newReceiver(cfg config.Config, process poll.Process) (*webhook.Receiver, error) {
	return webhook.New(cfg.Sources, process, time.Now)
}

func newRoute(r *webhook.Receiver) rpc.Route { return rpc.Route{Pattern: rpc.SecretPrefix, Handler: r} }
