package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"time"
)

// patience is how long the whole check may take.
const patience = 5 * time.Minute

func main() {
	c := check{out: os.Stdout}
	flag.StringVar(&c.binary, "signalbox", "bin/signalbox", "the binary to run")
	flag.StringVar(&c.data, "data", "../shared/data", "folder of the real data")
	flag.StringVar(&c.rules, "rules", "services/signalbox/referencecheck/rules", "folder of the rules files")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	ctx, cancel := context.WithTimeout(ctx, patience)
	err := c.run(ctx)
	cancel()
	stop()
	if err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "referencecheck:", err)
		os.Exit(1) //nolint:forbidigo // this is the main of a test program
	}
}
