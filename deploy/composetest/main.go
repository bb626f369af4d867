// Command composetest runs the story against the compose environment from
// outside: a gRPC client, a NATS subscriber and the simulator's log judge it.
// Halfway the container of the router that decides is killed, and the one that
// stands by goes on. It starts the containers, and takes them down at the end.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"
)

// patience is how long the whole test may take.
const patience = 8 * time.Minute

func main() {
	compose := flag.String("compose", "docker-compose", "the compose command")
	keep := flag.Bool("keep", false, "leave the containers running")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	err := run(ctx, composeCommand{line: *compose, out: os.Stderr}, *keep, os.Stdout)
	if err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "composetest:", err)
		cancel()
		stop()
		os.Exit(1) //nolint:forbidigo,gocritic // this is the main of a test program
	}
}

func run(ctx context.Context, compose composeCommand, keep bool, out io.Writer) (err error) {
	say := func(format string, args ...any) { _, _ = fmt.Fprintf(out, "composetest: "+format+"\n", args...) }
	say("starting the containers")
	if err := compose.run(ctx, "down", "--volumes", "--remove-orphans", "--timeout", "5"); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			compose.showLogs()
		}
		if !keep {
			compose.takeDown()
		}
	}()
	if err := compose.run(ctx, "up", "-d"); err != nil {
		return err
	}
	if err := compose.waitHealthy(ctx); err != nil {
		return err
	}
	say("every container is healthy; the story begins")
	if err := play(ctx, compose, say); err != nil {
		return err
	}
	return comeBack(ctx, compose, say)
}

// comeBack starts the router that was killed, beside the one that decides now.
func comeBack(ctx context.Context, compose composeCommand, say func(string, ...any)) error {
	if err := compose.run(ctx, "up", "-d", "--no-recreate", router); err != nil {
		return err
	}
	if err := compose.waitHealthy(ctx); err != nil {
		return err
	}
	for _, at := range []struct{ service, role string }{{standby, "active, epoch "}, {router, "standby of "}} {
		if err := compose.waitRole(ctx, at.service, at.role); err != nil {
			return err
		}
	}
	say("the router that was killed is back, and stands by")
	return nil
}
