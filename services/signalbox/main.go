// Command signalbox is every part of Signalbox in one binary; `signalbox
// --help` tells what it can do.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // mute windows and reports name time zones; an image from scratch has none

	_ "golang.org/x/crypto/x509roots/fallback" // nor does it have certificate authorities

	"github.com/signalbox-io/signalbox/pkg/config"
	"github.com/signalbox-io/signalbox/services/cli"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	code := cli.Run(ctx, os.Args[1:],
		cli.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Hangups: hangups}, config.Environment)
	stop()
	os.Exit(code)
}
