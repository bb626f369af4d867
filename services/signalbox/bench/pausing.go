package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"time"

	"google.golang.org/grpc"

	"github.com/signalbox-io/signalbox/pkg/bus"
	anodotv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anodot/v1"
)

// pausing is a vendor behind its adapter that answers at once and notes when each
// alert was paused first. It has no rate limit, so that the router is measured
// and not a vendor's budget.
type pausing struct {
	anodotv1.UnimplementedAnodotServiceServer

	addr   string
	server *grpc.Server
	served chan error

	// adapter lists the alerts that there are, nil for none.
	adapter *grpc.ClientConn

	mu     sync.Mutex
	paused map[string]time.Time
	// listed is how long each list took, read how often one alert was read.
	listed []time.Duration
	read   int
}

// startPausing serves the vendor. The alerts that there are come from the adapter at
// the end of the connection, which close closes; nil for none.
func startPausing(ctx context.Context, adapter *grpc.ClientConn) (*pausing, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for the vendor: %w", err)
	}
	p := &pausing{
		addr: listener.Addr().String(), server: grpc.NewServer(), served: make(chan error, 1), adapter: adapter, paused: map[string]time.Time{},
	}
	anodotv1.RegisterAnodotServiceServer(p.server, p)
	go func() { p.served <- p.server.Serve(listener) }()
	return p, nil
}

func (p *pausing) close() error {
	p.server.Stop()
	err := <-p.served
	if p.adapter != nil {
		err = errors.Join(err, p.adapter.Close())
	}
	return err
}

// GetAlert returns any alert as it stands.
func (p *pausing) GetAlert(_ context.Context, req *anodotv1.GetAlertRequest) (*anodotv1.GetAlertResponse, error) {
	p.mu.Lock()
	p.read++
	p.mu.Unlock()
	_, isPaused := p.when(req.GetAlertId())
	return &anodotv1.GetAlertResponse{Alert: &anodotv1.Alert{Id: req.GetAlertId(), Paused: isPaused}}, nil
}

// PauseAlert pauses any alert.
func (p *pausing) PauseAlert(_ context.Context, req *anodotv1.PauseAlertRequest) (*anodotv1.PauseAlertResponse, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, isPaused := p.paused[req.GetAlertId()]; !isPaused {
		p.paused[req.GetAlertId()] = time.Now()
	}
	return &anodotv1.PauseAlertResponse{}, nil
}

// ListAlerts lists what there is as it stands. Where there is nothing, safety counts
// what the router has paused.
func (p *pausing) ListAlerts(ctx context.Context, req *anodotv1.ListAlertsRequest) (*anodotv1.ListAlertsResponse, error) {
	if p.adapter == nil {
		return &anodotv1.ListAlertsResponse{}, nil
	}
	began := time.Now()
	response, err := anodotv1.NewAnodotServiceClient(p.adapter).ListAlerts(ctx, req)
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, alert := range response.GetAlerts() {
		_, alert.Paused = p.paused[alert.GetId()]
	}
	if err == nil {
		p.listed = append(p.listed, time.Since(began))
	}
	return response, err
}

// lists returns how long each list took so far, and how often one alert was read.
func (p *pausing) lists() (took []time.Duration, read int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.listed), p.read
}

func (p *pausing) when(id string) (time.Time, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	at, isPaused := p.paused[id]
	return at, isPaused
}

func (p *pausing) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.paused)
}

// forward is the floor: a plain consumer that pauses the alert of each event with
// one call, without rule, ledger, lease or second look. stop ends it.
func (p *pausing) forward(ctx context.Context, from *bus.Bus) (stop func() error, err error) {
	conn, err := grpc.NewClient(p.addr, grpc.WithTransportCredentials(insecureCredentials()))
	if err != nil {
		return nil, fmt.Errorf("connect to the vendor: %w", err)
	}
	client := anodotv1.NewAnodotServiceClient(conn)
	consuming, err := consume(ctx, from, func(alertID string) {
		_, _ = client.PauseAlert(ctx, &anodotv1.PauseAlertRequest{Source: sourceAnodot, AlertId: alertID}) // one that fails is missed
	})
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return func() error {
		consuming.Stop()
		<-consuming.Closed()
		return conn.Close()
	}, nil
}
