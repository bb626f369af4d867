package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/signalbox-io/signalbox/services/signalbox/process"
)

var errDiffers = errors.New("the results differ from the reference")

// check is one run.
type check struct {
	binary, data, rules string
	out                 io.Writer
}

func (c check) say(format string, args ...any) {
	_, _ = fmt.Fprintf(c.out, "referencecheck: "+format+"\n", args...)
}

func (c check) run(ctx context.Context) (err error) {
	if c.binary, err = process.Binary(c.binary); err != nil {
		return err
	}
	if err := checkFolder(c.data); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "signalbox-reference-")
	if err != nil {
		return fmt.Errorf("make a temporary folder: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := convert(c.data, dir); err != nil {
		return err
	}
	reference, err := readReference(c.data)
	if err != nil {
		return err
	}
	wrong := 0
	for _, s := range scenarios() {
		faults, err := c.scenario(ctx, s, dir, reference[s.name])
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		for _, fault := range faults {
			c.say("DIFFERS  %s: %s", s.name, fault)
		}
		wrong += min(len(faults), 1)
	}
	if wrong > 0 {
		return fmt.Errorf("%w: %d of %d scenarios", errDiffers, wrong, len(scenarios()))
	}
	return nil
}

// checkFolder returns what is missing of the data, in words that help.
func checkFolder(dir string) error {
	var faults []error
	for _, name := range dataFiles() {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			faults = append(faults, err)
		}
	}
	if len(faults) > 0 {
		return fmt.Errorf("the reference data are not there: %w; give their folder with --data (make reference DATA=folder)",
			errors.Join(faults...))
	}
	return nil
}

// reference is what summary.json says of a scenario: numbers, by name, and the
// hash of the list.
type reference map[string]json.RawMessage

func readReference(dir string) (map[string]reference, error) {
	text, err := os.ReadFile(filepath.Join(dir, "reference", "expected", "summary.json")) //nolint:gosec // the caller's own folder
	if err != nil {
		return nil, fmt.Errorf("read the reference: %w", err)
	}
	var all map[string]reference
	if err := json.Unmarshal(text, &all); err != nil {
		return nil, fmt.Errorf("read the reference: %w", err)
	}
	return all, nil
}

// scenario runs one scenario and returns what differs.
func (c check) scenario(ctx context.Context, s scenario, dir string, want reference) ([]string, error) {
	lines, sum, err := c.backtest(ctx, s, dir)
	if err != nil {
		return nil, err
	}
	got, err := s.list(lines)
	if err != nil {
		return nil, err
	}
	path := filepath.Join(c.data, "reference", "expected", s.name+".jsonl")
	expected, err := os.ReadFile(path) //nolint:gosec // the caller's own folder
	if err != nil {
		return nil, fmt.Errorf("read the reference: %w", err)
	}
	faults := compareLists(expected, got)
	counts := s.counts(sum)
	counts["actions"] = bytes.Count(got, []byte{'\n'})
	faults = append(faults, compareCounts(want, counts)...)
	if hash := sha256.Sum256(got); len(faults) == 0 && string(want["sha256"]) != `"`+hex.EncodeToString(hash[:])+`"` {
		faults = append(faults, "the list has another hash than the reference says")
	}
	if len(faults) == 0 {
		c.say("ok  %-52s %4d actions equal, member for member; %s", s.name, counts["actions"], countsText(counts))
	}
	return faults, nil
}

// backtest runs the command, and returns its lines and its summary.
func (c check) backtest(ctx context.Context, s scenario, dir string) ([]line, summary, error) {
	file := filepath.Join(dir, "summary.json")
	args := []string{"rules", "backtest", "--rules", filepath.Join(c.rules, s.rules), "--output", "json", "--summary", file}
	for _, name := range s.events {
		args = append(args, "--events", filepath.Join(dir, name))
	}
	if s.config != "" {
		args = append(args, "--config", filepath.Join(c.rules, s.config))
	}
	command := exec.CommandContext(ctx, c.binary, args...) //nolint:gosec // the caller's own binary
	var stderr bytes.Buffer
	command.Stderr = &stderr
	out, err := command.Output()
	if err != nil {
		return nil, summary{}, fmt.Errorf("run signalbox rules backtest: %w\n%s", err, stderr.Bytes())
	}
	lines, err := decodeLines[line](out)
	if err != nil {
		return nil, summary{}, fmt.Errorf("read the decisions: %w", err)
	}
	var sum summary
	text, err := os.ReadFile(file) //nolint:gosec // a file of this program
	if err == nil {
		err = json.Unmarshal(text, &sum)
	}
	if err != nil {
		return nil, summary{}, fmt.Errorf("read the summary: %w", err)
	}
	return lines, sum, nil
}
