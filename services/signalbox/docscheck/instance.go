package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/signalbox-io/signalbox/services/signalbox/process"
)

// instance is the running demo, and the simulated vendors that a trial asks.
type instance struct {
	demo, vendors         *process.Process
	grpc, http, simulator string
	// deploy is the copy of the repository's deploy folder.
	deploy string
}

const (
	storyTime = 3 * time.Minute
	lookEvery = 500 * time.Millisecond
)

var (
	grpcLine      = regexp.MustCompile(`(?m)^\s*gRPC\s+(\S+)$`)
	httpLine      = regexp.MustCompile(`(?m)^\s*HTTP\s+http://(\S+)$`)
	simulatorLine = regexp.MustCompile(`simulated vendors listen on ([^;\s]+);`)
)

// startInstance starts the vendors and the demo, and waits until its story is
// over, so that there is something to list. What it returns must be stopped,
// also after an error.
func startInstance(ctx context.Context, dir, binary string) (*instance, error) {
	ctx, cancel := context.WithTimeout(ctx, storyTime)
	defer cancel()
	i := &instance{deploy: filepath.Join(dir, "deploy")}
	var err error
	if i.vendors, err = process.Start(dir, "simulate", binary, "simulate", "--listen", "127.0.0.1:0"); err != nil {
		return i, err
	}
	if i.demo, err = process.Start(dir, "demo", binary, "demo", "--keep"); err != nil {
		return i, err
	}
	if i.simulator, err = said(ctx, i.vendors, simulatorLine); err != nil {
		return i, err
	}
	if i.grpc, err = said(ctx, i.demo, grpcLine); err != nil {
		return i, err
	}
	i.http, err = said(ctx, i.demo, httpLine)
	return i, err
}

// said waits until the process has printed such a line and returns the address
// in it.
func said(ctx context.Context, p *process.Process, line *regexp.Regexp) (address string, err error) {
	err = process.Until(ctx, lookEvery, "the addresses of "+p.Name, func(context.Context) (bool, string, error) {
		found := line.FindStringSubmatch(p.LogTail())
		if found == nil {
			return false, "no address yet", p.Check()
		}
		address = found[1]
		return true, "", nil
	})
	return address, err
}

// stop ends what was started.
func (i *instance) stop(ctx context.Context) error {
	var errs []error
	for _, p := range []*process.Process{i.demo, i.vendors} {
		if p != nil {
			errs = append(errs, p.Stop(ctx))
		}
	}
	return errors.Join(errs...)
}

// adapt puts the instance's addresses, and its copy of deploy, in place of
// what the page says.
func (i *instance) adapt(text string) string {
	return strings.NewReplacer(
		"bin/signalbox", "signalbox", " deploy/", " "+i.deploy+"/",
		"127.0.0.1:7420", i.grpc, "127.0.0.1:7421", i.http, "127.0.0.1:7430", i.simulator,
	).Replace(text)
}

// prelude makes the clients ask the instance, and vendors take a free port.
func (i *instance) prelude() string {
	return fmt.Sprintf(`set -o pipefail
signalbox() {
  case "$1 ${2-}" in
    events\ *|alerts\ *|decisions\ *|actions\ *|leases\ *|sources\ *|dead\ *|backfill\ *|health\ *|rules\ explain|rules\ backtest|rules\ list|rules\ reload) command signalbox "$@" --addr %s ;;
    simulate\ *) exec signalbox "$@" --listen 127.0.0.1:0 ;;
    *) exec signalbox "$@" ;;
  esac
}
`, i.grpc)
}

// copyDeploy copies the configurations, rules and scenarios of deploy, with free ports and
// the instance's vendors in place of the default addresses.
func (i *instance) copyDeploy(root string) error {
	for _, pattern := range []string{"*.yaml", "rules/*.yaml", "scenarios/*.yaml"} {
		names, err := fs.Glob(os.DirFS(filepath.Join(root, "deploy")), pattern)
		if err != nil {
			return err
		}
		for _, name := range names {
			if err := i.copyFile(filepath.Join(root, "deploy", name), filepath.Join(i.deploy, name)); err != nil {
				return err
			}
		}
	}
	return nil
}

var ownPort = regexp.MustCompile(`127\.0\.0\.1:(4222|7420|7421)`)

func (i *instance) copyFile(from, to string) error {
	data, err := os.ReadFile(from) //nolint:gosec // the repository to check
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return err
	}
	text := ownPort.ReplaceAllString(string(data), `"127.0.0.1:0"`)
	text = strings.ReplaceAll(text, "127.0.0.1:7430", i.simulator)
	return os.WriteFile(to, []byte(text), 0o600) //nolint:gosec // a temporary folder of its own
}
