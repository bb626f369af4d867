package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"google.golang.org/protobuf/encoding/protojson"
)

const (
	backtestEvents = 1_000_000
	backtestSites  = 50
	backtestBar    = 10 * time.Second
)

// measureBacktest lets the command go over a file of events.
func (b *bench) measureBacktest(ctx context.Context) (rows []row, err error) {
	b.say("backtest over %d events", backtestEvents)
	dir, err := os.MkdirTemp(b.dir, "backtest-")
	if err != nil {
		return nil, fmt.Errorf("make a folder for the backtest: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	events, rules := filepath.Join(dir, "events.jsonl"), filepath.Join(dir, "rules.yaml")
	if err := writeEventFile(events, backtestEvents); err != nil {
		return nil, err
	}
	if err := os.WriteFile(rules, []byte(backtestRules()), 0o600); err != nil {
		return nil, fmt.Errorf("write the rules: %w", err)
	}
	command := exec.CommandContext(ctx, b.binary, //nolint:gosec // the caller's own binary
		"rules", "backtest", "--rules", rules, "--events", events, "--output", "json")
	began := time.Now()
	out, err := command.Output()
	took := time.Since(began)
	if err != nil {
		return nil, fmt.Errorf("run the backtest: %w", err)
	}
	b.say("  %d decisions", strings.Count(string(out), "\n"))
	held := int64(0)
	if usage, ok := command.ProcessState.SysUsage().(*syscall.Rusage); ok {
		held = usage.Maxrss << 10 // Linux counts KiB
	}
	return []row{
		{
			what: "backtest of 1,000,000 events, 100 rules", figure: fmt.Sprintf("%.1f s", took.Seconds()),
			bar: "< 10 s", isMet: took < backtestBar,
		},
		{what: "memory of that backtest (peak RSS)", figure: bytesText(float64(held))},
	}, nil
}

// writeEventFile writes n anomalies as a file of events.
func writeEventFile(path string, n int) (err error) {
	file, err := os.Create(path) //nolint:gosec // in a folder of this program
	if err != nil {
		return fmt.Errorf("write the events: %w", err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	out := bufio.NewWriterSize(file, 1<<20)
	now := time.Now()
	for i := range n {
		line, err := protojson.Marshal(anomaly(i, n, now))
		if err != nil {
			return fmt.Errorf("write event %d: %w", i, err)
		}
		_, _ = out.Write(append(line, '\n')) // Flush tells
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write the events: %w", err)
	}
	return nil
}

// backtestRules are two rules for each site of the events: one counts, one has
// a threshold.
func backtestRules() string {
	var text strings.Builder
	text.WriteString("rules:\n")
	for i := range backtestSites {
		fmt.Fprintf(&text, `
  - name: often-%[1]d
    mode: auto
    on: [anomaly]
    when: labels.site == "site-%[1]d" && anomaly.score >= 0.99
    key: [anomaly.metric]
    count: {at_least: 3, within: 1m}
    cooldown: 1m
    do: [{pause_alert: {source: anodot-prod, alert_id: "${anomaly.metric}", for: 1m}}]
  - name: high-%[1]d
    mode: auto
    on: [anomaly]
    when: labels.site == "site-%[1]d" && labels.tier == "gold" && anomaly.score >= 0.98
    key: [labels.site]
    cooldown: 1m
    do: [{publish: {subject: "high.${labels.site}"}}]
`, i)
	}
	return text.String()
}
