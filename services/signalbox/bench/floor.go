package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/signalbox-io/signalbox/pkg/bus/busserver"
)

// floorOptions make this program a bare NATS server: what Signalbox's process
// is without Signalbox.
type floorOptions struct {
	nats, http, store, sync string
}

func (o floorOptions) runOr(ctx context.Context, run func(context.Context) error) error {
	if o.nats == "" {
		return run(ctx)
	}
	return o.serve(ctx)
}

// serve runs the embedded server, and answers on /readyz once it takes
// connections, until ctx ends.
func (o floorOptions) serve(ctx context.Context) error {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", o.http)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", o.http, err)
	}
	server := busserver.New(busserver.Options{Listen: o.nats, StoreDir: o.store, SyncAlways: o.sync == "always"}, slog.New(slog.DiscardHandler))
	if err := server.Start(ctx); err != nil {
		return errors.Join(err, listener.Close())
	}
	web := &http.Server{
		Handler:           http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}),
		ReadHeaderTimeout: time.Second,
	}
	served := make(chan error, 1)
	go func() { served <- web.Serve(listener) }()
	<-ctx.Done()
	err = web.Close()
	if served := <-served; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return errors.Join(err, server.Stop(ctx))
}
