package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"time"

	"github.com/signalbox-io/signalbox/services/signalbox/process"
)

// patience is how long the whole check may take.
const patience = 8 * time.Minute

func main() {
	binary := flag.String("signalbox", "bin/signalbox", "the binary to run; grpcurl is looked for beside it")
	root := flag.String("root", ".", "the repository")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	ctx, cancel := context.WithTimeout(ctx, patience)
	err := check(ctx, *root, *binary, os.Stdout)
	cancel()
	stop()
	if err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "docscheck:", err)
		os.Exit(1) //nolint:forbidigo // this is the main of a test program
	}
}

// readAll returns the commands of every page.
func readAll(root string) ([]line, error) {
	pages, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	if err != nil {
		return nil, err
	}
	pages = append([]string{filepath.Join(root, "README.md"), filepath.Join(root, "CONTRIBUTING.md")}, pages...)
	var lines []line
	for _, page := range pages {
		found, err := readLines(page)
		if err != nil {
			return nil, fmt.Errorf("read the commands of a page: %w", err)
		}
		lines = append(lines, found...)
	}
	return lines, nil
}

// makeTargets returns the targets that `make help` shows.
func makeTargets(makefile string) (map[string]bool, error) {
	file, err := os.Open(makefile) //nolint:gosec // the repository's own
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	targets := map[string]bool{}
	for scanner := bufio.NewScanner(file); scanner.Scan(); {
		name, rest, found := strings.Cut(scanner.Text(), ":")
		if found && strings.Contains(rest, "## ") && !strings.ContainsAny(name, " /\t") {
			targets[name] = true
		}
	}
	return targets, nil
}

func check(ctx context.Context, root, path string, out io.Writer) (err error) {
	say := func(format string, args ...any) { _, _ = fmt.Fprintf(out, "docscheck: "+format+"\n", args...) }
	lines, err := readAll(root)
	if err != nil {
		return err
	}
	targets, err := makeTargets(filepath.Join(root, "Makefile"))
	if err != nil {
		return err
	}
	r, end, err := prepare(ctx, root, path, say)
	if err != nil {
		return errors.Join(err, end())
	}
	defer func() { err = errors.Join(err, end()) }()
	failed := 0
	for _, l := range lines {
		fault := judge(ctx, r, l, targets)
		if fault != nil {
			failed++
			say("FAIL %s:%d: %s\n%v", l.page, l.number, l.text, fault)
		} else {
			say("ok   %s:%d: %s", l.page, l.number, l.text)
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d commands do not work as their page says", failed, len(lines))
	}
	say("all %d commands work", len(lines))
	return nil
}

// judge runs the command, or looks a make target up.
func judge(ctx context.Context, r runner, l line, targets map[string]bool) error {
	if target, ok := l.isMake(); ok {
		if !targets[target] {
			return fmt.Errorf("the Makefile has no target %q", target)
		}
		return nil
	}
	if l.isGoRun() {
		_, err := os.Stat(filepath.Join(r.dir, strings.Fields(l.text)[2]))
		return err
	}
	return r.run(ctx, l)
}

// prepare starts the instance. end must be called, also after an error.
func prepare(ctx context.Context, root, path string, say func(string, ...any)) (r runner, end func() error, err error) {
	end = func() error { return nil }
	binary, err := process.Binary(path)
	if err != nil {
		return r, end, err
	}
	dir, err := os.MkdirTemp("", "signalbox-docscheck-")
	if err != nil {
		return r, end, fmt.Errorf("make a temporary folder: %w", err)
	}
	say("waiting for the demo's story to end")
	i, err := startInstance(ctx, dir, binary)
	end = func() error {
		stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTime)
		defer cancel()
		return errors.Join(i.stop(stop), os.RemoveAll(dir))
	}
	if err == nil {
		err = i.copyDeploy(root)
	}
	return runner{instance: i, path: filepath.Dir(binary), dir: root}, end, err
}
