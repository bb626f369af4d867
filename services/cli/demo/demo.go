package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	queryv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/query/v1"
	"github.com/signalbox-io/signalbox/services/app"
	"github.com/signalbox-io/signalbox/services/cli/demo/verdict"
	"github.com/signalbox-io/signalbox/services/poller/anodot/webhook"
	"github.com/signalbox-io/signalbox/services/simulator/story"
)

// ErrStory is returned when a step of the story did not happen.
var ErrStory = errors.New("the story did not come to its end")

// ErrInterrupted is returned when the user ended the demo before the story
// ended.
var ErrInterrupted = errors.New("interrupted before the story ended")

// Options are how the demo is shown.
type Options struct {
	// Out takes the story.
	Out io.Writer
	// Terminal says that a line of Out may be overwritten.
	Terminal bool
	// Color says that Out shows colours.
	Color bool
	// Keep stays up after the story, until the context ends.
	Keep bool
	// Env looks up the environment.
	Env func(string) (string, bool)
}

const (
	// patience is how long the story may take.
	patience = 180 * time.Second
	lookTime = 500 * time.Millisecond
	stopTime = 15 * time.Second
)

// Run shows the demo. It returns ErrStory if a step did not happen.
func Run(ctx context.Context, opts Options) (err error) {
	dir, err := os.MkdirTemp("", "signalbox-demo-")
	if err != nil {
		return fmt.Errorf("make a temporary folder: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	n := newNarrator(opts.Out, opts.Terminal, opts.Color, time.Now())
	n.plain("Signalbox demo: everything in this process, vendors simulated on loopback.\n")

	vendors, err := startVendors(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, vendors.stop()) }()
	cfg, err := loadConfig(dir, vendors.address, opts.Env)
	if err != nil {
		return err
	}
	box, err := app.New(cfg, app.AllTargets(), app.Options{
		Logger: slog.New(slog.NewTextHandler(n, &slog.HandlerOptions{Level: slog.LevelError})),
	})
	if err != nil {
		return err
	}
	if err := box.Start(ctx); err != nil {
		return err
	}
	defer func() {
		stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
		defer cancel()
		err = errors.Join(err, box.Stop(stop))
	}()
	return tell(ctx, n, vendors, box, opts.Keep)
}

// tell plays the story, waits for its outcome, and judges it.
func tell(ctx context.Context, n *narrator, vendors *vendors, box *app.App, keep bool) error {
	heard, err := listen(box.NATSURL(), n)
	if err != nil {
		return err
	}
	defer heard.close()
	conn, err := grpc.NewClient(box.GRPCAddr(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return fmt.Errorf("dial the query service at %s: %w", box.GRPCAddr(), err)
	}
	defer func() { _ = conn.Close() }()
	world := verdict.World{
		Query: queryv1.NewQueryServiceClient(conn), Simulator: "http://" + vendors.address, Pushes: 1,
	}

	vendors.pushTo("http://" + box.HTTPAddr() + webhook.Path + webhookSecret)
	vendors.play(func(step story.Step) { n.say(voiceStory, "%s", step.Line) })
	outcome, err := await(ctx, n, heard, world)
	if err != nil {
		return err
	}
	steps := outcome.Steps()
	summarize(n, outcome, steps)
	if missing := verdict.Missing(steps); len(missing) > 0 {
		return fmt.Errorf("%w: %s (%s)", ErrStory, missing[0].Name, missing[0].Seen)
	}
	n.plain("\nEvery step happened, in %.0f seconds.", time.Since(n.started).Seconds())
	if keep {
		stayUp(ctx, n, box)
	} else {
		n.plain("Try: signalbox demo --keep, which stays up for other commands")
	}
	return nil
}

// await looks until every step is done or patience ends.
func await(ctx context.Context, n *narrator, heard *listener, world verdict.World) (verdict.Outcome, error) {
	limit := time.NewTimer(patience)
	defer limit.Stop()
	look := time.NewTicker(lookTime)
	defer look.Stop()
	for {
		heard.flush()
		outcome, err := world.Look(ctx)
		missing := verdict.Missing(outcome.Steps())
		if err == nil && len(missing) == 0 {
			return outcome, nil
		}
		if err == nil {
			n.waiting("%s", missing[0].Name)
		}
		select {
		case <-ctx.Done():
			return outcome, ErrInterrupted
		case <-limit.C:
			return outcome, err
		case <-look.C:
		}
	}
}

// stayUp tells where everything listens and waits for the end of ctx.
func stayUp(ctx context.Context, n *narrator, box *app.App) {
	n.plain(`
Still running; interrupt to stop.
  gRPC  %[1]s
  HTTP  http://%[2]s
  NATS  %[3]s
Try
  signalbox decisions list --addr %[1]s
  signalbox events list --addr %[1]s --filter 'anomaly.score > 0.9'
  curl -s 'http://%[2]s/v1/leases'`, box.GRPCAddr(), box.HTTPAddr(), box.NATSURL())
	<-ctx.Done()
}
