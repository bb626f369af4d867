package main

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/nats-io/nats.go"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/signalbox-io/signalbox/pkg/bus"
	queryv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/query/v1"
	"github.com/signalbox-io/signalbox/services/cli/demo/verdict"
)

// Where docker-compose.yml puts what is reachable from this machine.
const (
	natsURL      = "nats://127.0.0.1:4222"
	grpcAddress  = "127.0.0.1:7420"
	restURL      = "http://127.0.0.1:7421"
	simulatorURL = "http://127.0.0.1:7430"
)

// The containers of the routers: the one that decides first, and the other one.
const router, standby = "router", "router-standby"

// play tells the story, kills the router that decides, and judges the outcome.
func play(ctx context.Context, compose composeCommand, say func(string, ...any)) error {
	heard, stop, err := listen()
	if err != nil {
		return err
	}
	defer stop()
	conn, err := grpc.NewClient(grpcAddress, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return fmt.Errorf("dial the query service: %w", err)
	}
	defer func() { _ = conn.Close() }()
	world := verdict.World{Query: queryv1.NewQueryServiceClient(conn), Simulator: simulatorURL}
	if err := post(ctx, simulatorURL+"/control/start"); err != nil {
		return err
	}
	if err := awaitPause(ctx, world); err != nil {
		return err
	}
	if err := compose.waitRole(ctx, standby, "standby of "); err != nil {
		return err
	}
	say("the alert is paused; killing the router that decides")
	if err := compose.run(ctx, "kill", "-s", "SIGKILL", router); err != nil {
		return err
	}
	if err := compose.waitRole(ctx, standby, "active, epoch "); err != nil {
		return err
	}
	say("the router that stood by decides; waiting for the end of the story")
	return judge(ctx, world, heard, say)
}

// awaitPause waits until the vendor has paused the alert, so that the kill
// falls into the life of a lease.
func awaitPause(ctx context.Context, world verdict.World) error {
	return poll(ctx, "the pause", func() (bool, string, error) {
		outcome, err := world.Look(ctx)
		for _, e := range outcome.Effects {
			if e.Action == "pause" {
				return true, "", nil
			}
		}
		return false, fmt.Sprintf("%d events, no pause yet", len(outcome.Events)), err
	})
}

func judge(ctx context.Context, world verdict.World, heard *heardMessages, say func(string, ...any)) error {
	err := poll(ctx, "the end of the story", func() (bool, string, error) {
		outcome, err := world.Look(ctx)
		if err != nil {
			return false, "", err
		}
		missing := verdict.Missing(outcome.Steps())
		if len(missing) == 0 {
			return true, "", nil
		}
		return false, fmt.Sprintf("%s (%s)", missing[0].Name, missing[0].Seen), nil
	})
	if err != nil {
		return err
	}
	outcome, err := world.Look(ctx)
	if err != nil {
		return err
	}
	for _, step := range outcome.Steps() {
		say("  ok  %s", step.Name)
	}
	if err := heard.check(outcome); err != nil {
		return err
	}
	say("a NATS subscriber heard %d events, %d decisions, %d notifications",
		len(heard.events), len(heard.decisions), heard.notifications)
	return checkREST(ctx, say)
}

// poll asks done until it says yes. An error of one question is not the end:
// the environment is being shaken.
func poll(ctx context.Context, what string, done func() (bool, string, error)) error {
	for {
		ok, last, err := done()
		if ok {
			return nil
		}
		if err != nil {
			last = err.Error()
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for %s: %s: %w", what, last, ctx.Err())
		case <-time.After(lookEvery):
		}
	}
}

func post(ctx context.Context, url string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, http.NoBody)
	if err != nil {
		return fmt.Errorf("post %s: %w", url, err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("post %s: %w", url, err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode >= http.StatusBadRequest {
		return fmt.Errorf("post %s: %s", url, response.Status)
	}
	return nil
}

func listen() (*heardMessages, func(), error) {
	nc, err := nats.Connect(natsURL)
	if err != nil {
		return nil, nil, fmt.Errorf("subscribe at %s: %w", natsURL, err)
	}
	heard := &heardMessages{since: time.Now()}
	for subject, handler := range map[string]nats.MsgHandler{
		bus.AllEvents: heard.event, bus.AllDecisions: heard.decision, "signalbox.notify.>": heard.notification,
	} {
		if _, err := nc.Subscribe(subject, handler); err != nil {
			nc.Close()
			return nil, nil, fmt.Errorf("subscribe to %s: %w", subject, err)
		}
	}
	return heard, nc.Close, nil
}
