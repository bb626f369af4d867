package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// Bars of loading ten thousand rules.
const (
	loadTimeBar = 3 * time.Second
	loadRSSBar  = 300 << 20
)

// measureLoading lets the command load ten thousand rules and build their index:
// a backtest over a file without events does nothing else.
func (b *bench) measureLoading(ctx context.Context) (rows []row, err error) {
	b.say("loading 10,000 rules")
	dir, err := os.MkdirTemp(b.dir, "loading-")
	if err != nil {
		return nil, fmt.Errorf("make a folder for the rules: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	rules, events := filepath.Join(dir, "rules.yaml"), filepath.Join(dir, "events.jsonl")
	err = errors.Join(os.WriteFile(rules, []byte(loadedRules()), 0o600), os.WriteFile(events, nil, 0o600))
	if err != nil {
		return nil, fmt.Errorf("write the rules: %w", err)
	}
	command := exec.CommandContext(ctx, b.binary, "rules", "backtest", "--rules", rules, "--events", events) //nolint:gosec // the caller's own binary
	if out, err := command.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("load the rules: %w\n%s", err, out)
	}
	took, held := command.ProcessState.UserTime()+command.ProcessState.SystemTime(), int64(0)
	if usage, ok := command.ProcessState.SysUsage().(*syscall.Rusage); ok {
		held = usage.Maxrss << 10 // Linux counts KiB
	}
	return []row{
		{what: "loading 10,000 rules, processor time", figure: fmt.Sprintf("%.1f s", took.Seconds()), bar: "< 3 s", isMet: took < loadTimeBar},
		{what: "memory of that (peak RSS)", figure: bytesText(float64(held)), bar: "< 300 MB", isMet: held > 0 && held < loadRSSBar},
	}, nil
}

// loadedRules are rules of three kinds, of which no two share a condition.
func loadedRules() string {
	kinds := [...]string{
		`    on: [feedback]
    when: feedback.verdict == NOT_INTERESTING && labels.site == "site-%[1]d"
    key: [event.source, feedback.alert_id]
    count: {at_least: 2, within: 24h, reset: true}
    cooldown: 6h
    do: [{pause_alert: {source: anodot-prod, alert_id: "${feedback.alert_id}", for: 6h}}]
`, `    on: [anomaly]
    when: event.vendor == ANOMIFY && anomaly.score >= 0.9 && anomaly.metric.startsWith("app-%[1]d.")
    key: [labels.site]
    given: [{on: traffic, where: traffic.measures.invalid_ratio >= 0.3, key: [labels.site], within: 15m}]
    do: [{create_watcher: {source: anomify-prod, name: "bots %[1]d on ${labels.site}", chips: ["${anomaly.metric}"]}}]
`, `    on: [traffic]
    when: traffic.measures.invalid_ratio > 0.5 && event.title.contains("campaign %[1]d")
    unless: labels.env == "test"
    do: [{publish: {subject: traffic}}]
`,
	}
	var text strings.Builder
	text.WriteString("rules:\n")
	for i := range 10_000 {
		fmt.Fprintf(&text, "  - name: rule-%d\n    mode: auto\n", i)
		fmt.Fprintf(&text, kinds[i%len(kinds)], i)
	}
	return text.String()
}
