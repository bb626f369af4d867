package simulate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"

	"github.com/signalbox-io/signalbox/services/cli/exit"
	"github.com/signalbox-io/signalbox/services/cli/simulate/scenario"
	"github.com/signalbox-io/signalbox/services/simulator"
	"github.com/signalbox-io/signalbox/services/simulator/replay"
	"github.com/signalbox-io/signalbox/services/simulator/story"
)

// run serves until ctx ends.
func run(ctx context.Context, f flags, out io.Writer) error {
	sim := simulator.New(simulator.Options{})
	play, err := f.player(sim, out)
	if err != nil {
		return err
	}
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", f.listen)
	if err != nil {
		return fmt.Errorf("listen on %s: %w; is another simulator running? choose another address with --listen", f.listen, err)
	}
	printAddresses(out, listener.Addr().String())
	printCredentials(out)
	return serveAndPlay(ctx, sim, listener, func(ctx context.Context) error {
		if f.hold {
			_, _ = fmt.Fprintln(out, "waiting for POST /control/start")
			select {
			case <-sim.Started():
			case <-ctx.Done():
				return nil
			}
		}
		return play(ctx)
	})
}

// player returns what happens at the vendors.
func (f flags) player(sim *simulator.Server, out io.Writer) (func(context.Context) error, error) {
	switch {
	case f.replay != "":
		return f.replayer(sim, out)
	case f.scenario == scenarioNone:
		return func(context.Context) error { return nil }, nil
	case f.hasFile():
		return f.scripted(sim, out)
	default:
		told := story.New(sim, story.Options{Scale: 1 / f.speed})
		return func(ctx context.Context) error {
			return told.Run(ctx, func(step story.Step) { _, _ = fmt.Fprintln(out, step.Line) })
		}, nil
	}
}

func (f flags) scripted(sim *simulator.Server, out io.Writer) (func(context.Context) error, error) {
	read, err := scenario.Open(f.scenario)
	if err != nil {
		return nil, exit.Usage(err)
	}
	player := scenario.New(sim, read, f.speed)
	return func(ctx context.Context) error {
		err := player.Run(ctx, func(line string) { _, _ = fmt.Fprintln(out, line) })
		if err == nil {
			_, _ = fmt.Fprintln(out, "everything has happened; the vendors stay up")
		}
		return err
	}, nil
}

func (f flags) replayer(sim *simulator.Server, out io.Writer) (func(context.Context) error, error) {
	detectors, err := f.slice(f.detectors)
	if err != nil {
		return nil, err
	}
	site, err := f.slice(f.site)
	if err != nil {
		return nil, err
	}
	start, err := moment(f.start)
	if err != nil {
		return nil, err
	}
	loaded, err := replay.Load(sim, replay.Options{
		Dir: f.replay, Speed: f.speed, WallStart: start, Detectors: detectors, Site: site,
	})
	if err != nil {
		return nil, err
	}
	for _, file := range replay.Files() {
		_, _ = fmt.Fprintf(out, "%-24s %7d records\n", file, loaded.Count(file))
	}
	return func(ctx context.Context) error {
		if err := loaded.Run(ctx); err != nil {
			return err
		}
		_, _ = fmt.Fprintln(out, "every record has happened; the vendors stay up")
		return nil
	}, nil
}

// serveAndPlay serves until ctx ends or play fails. The end of play is not the
// end of the vendors.
func serveAndPlay(ctx context.Context, sim *simulator.Server, listener net.Listener, play func(context.Context) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	played := make(chan error, 1)
	go func() {
		err := play(ctx)
		if err != nil {
			cancel()
		}
		played <- err
	}()
	err := sim.Serve(ctx, listener)
	cancel()
	if playErr := <-played; playErr != nil && !errors.Is(playErr, context.Canceled) {
		err = errors.Join(err, playErr)
	}
	return err
}

func printAddresses(out io.Writer, address string) {
	_, _ = fmt.Fprintf(out, `simulated vendors listen on %[1]s; base_url of each source:
  anodot           http://%[1]s/anodot
  anomify          http://%[1]s/anomify
  anura            http://%[1]s/anura/v1
  secure_reporter  http://%[1]s/secure-reporter
  analytics        http://%[1]s/analytics/api/v2
`, address)
}

// printCredentials tells what the vendors accept, as the variables that
// deploy/signalbox.yaml reads. They are public samples and no secrets.
func printCredentials(out io.Writer) {
	_, _ = fmt.Fprintf(out, `they accept these public samples, under the names that deploy/signalbox.yaml reads:
  export ANODOT_REFRESH_TOKEN=%s
  export ANOMIFY_TOKEN=%s
  export ANURA_TOKEN=%s
  export SECURE_REPORTER_TOKEN=%s
  export ANALYTICS_KEY=%s
`, simulator.DefaultAnodotRefreshToken, simulator.DefaultAnomifyToken, simulator.DefaultAnuraToken,
		simulator.DefaultSecureReporterToken, simulator.DefaultAnalyticsKey)
}
