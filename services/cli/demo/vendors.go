package demo

import (
	"context"
	"errors"
	"fmt"
	"net"

	"github.com/signalbox-io/signalbox/services/simulator"
	"github.com/signalbox-io/signalbox/services/simulator/anodot"
	"github.com/signalbox-io/signalbox/services/simulator/story"
)

// vendors are the simulated vendors on loopback and the story that happens at
// them. stop ends both.
type vendors struct {
	address string
	sim     *simulator.Server
	story   *story.Story
	cancel  context.CancelFunc
	ctx     context.Context //nolint:containedctx // the life of the two goroutines below
	served  chan error
	told    chan error
}

// startVendors serves the vendors on a free port. Nothing happens at them yet.
func startVendors(ctx context.Context) (*vendors, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for the simulated vendors: %w", err)
	}
	sim := simulator.New(simulator.Options{})
	own, cancel := context.WithCancel(context.WithoutCancel(ctx))
	v := &vendors{
		address: listener.Addr().String(), sim: sim, story: story.New(sim, story.Options{}),
		ctx: own, cancel: cancel, served: make(chan error, 1),
	}
	go func() { v.served <- sim.Serve(own, listener) }()
	return v, nil
}

// pushTo makes Anodot push firings to a webhook.
func (v *vendors) pushTo(url string) {
	v.sim.Anodot.AddWebhook(anodot.Webhook{Name: "demo", URL: url})
}

// play lets the story begin and tells each step; a second call does nothing.
func (v *vendors) play(onStep func(story.Step)) {
	if v.told != nil {
		return
	}
	v.told = make(chan error, 1)
	go func() { v.told <- v.story.Run(v.ctx, onStep) }()
}

// stop ends the story and the vendors and waits for both.
func (v *vendors) stop() error {
	v.cancel()
	err := <-v.served
	if v.told != nil {
		if told := <-v.told; !errors.Is(told, context.Canceled) {
			err = errors.Join(err, told)
		}
	}
	return err
}
