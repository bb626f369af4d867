package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/signalbox-io/signalbox/services/signalbox/process"
)

// instance is the running demo.
type instance struct {
	process    *process.Process
	grpc, http string
}

const (
	storyTime = 3 * time.Minute
	lookEvery = 500 * time.Millisecond
)

var (
	grpcLine = regexp.MustCompile(`(?m)^\s*gRPC\s+(\S+)$`)
	httpLine = regexp.MustCompile(`(?m)^\s*HTTP\s+http://(\S+)$`)
)

// startInstance starts the demo and waits until its story is over, so that
// there is something to list.
func startInstance(ctx context.Context, dir, binary string) (*instance, error) {
	ctx, cancel := context.WithTimeout(ctx, storyTime)
	defer cancel()
	demo, err := process.Start(dir, "demo", binary, "demo", "--keep")
	if err != nil {
		return nil, err
	}
	i := &instance{process: demo}
	err = process.Until(ctx, lookEvery, "the end of the demo's story", func(context.Context) (bool, string, error) {
		tail := demo.LogTail()
		grpc, http := grpcLine.FindStringSubmatch(tail), httpLine.FindStringSubmatch(tail)
		if grpc == nil || http == nil {
			return false, "no addresses yet", demo.Check()
		}
		i.grpc, i.http = grpc[1], http[1]
		return true, "", nil
	})
	return i, err
}

// adapt puts the instance's addresses, and for `serve` a configuration of its
// own, in place of what the page says.
func (i *instance) adapt(text, configFile string) string {
	return strings.NewReplacer(
		"bin/signalbox", "signalbox",
		"deploy/signalbox.yaml", configFile,
		"127.0.0.1:7420", i.grpc, "127.0.0.1:7421", i.http,
	).Replace(text)
}

// prelude makes the clients ask the instance.
func (i *instance) prelude() string {
	return fmt.Sprintf(`set -o pipefail
signalbox() {
  case "$1" in
    events|decisions|actions|leases|sources|health) command signalbox "$@" --addr %s ;;
    *) exec signalbox "$@" ;;
  esac
}
`, i.grpc)
}

// copyConfig writes the example configuration with free ports into dir.
func copyConfig(root, dir string) (string, error) {
	data, err := os.ReadFile(filepath.Join(root, "deploy", "signalbox.yaml")) //nolint:gosec // the repository to check
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "signalbox.yaml")
	text := regexp.MustCompile(`127\.0\.0\.1:(4222|7420|7421)`).ReplaceAllString(string(data), `"127.0.0.1:0"`)
	return path, os.WriteFile(path, []byte(text), 0o600) //nolint:gosec // a temporary folder of its own
}
