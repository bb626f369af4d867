package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/signalbox-io/signalbox/services/signalbox/process"
)

// metric returns the sum of a metric of the lab's Signalbox over its labels.
func (l *lab) metric(ctx context.Context, name string) (float64, error) {
	_, body, err := process.Get(ctx, "http://"+l.http+"/metrics")
	if err != nil {
		return 0, err
	}
	return parseMetric(string(body), name)
}

func parseMetric(text, name string) (float64, error) {
	sum, found := 0.0, false
	for line := range strings.Lines(text) {
		rest, ok := strings.CutPrefix(line, name)
		if !ok || rest == "" || rest[0] != ' ' && rest[0] != '{' {
			continue
		}
		value, err := strconv.ParseFloat(strings.TrimSpace(rest[strings.LastIndexByte(rest, ' ')+1:]), 64)
		if err != nil {
			return 0, fmt.Errorf("read metric %s: %w", name, err)
		}
		sum, found = sum+value, true
	}
	if !found {
		return 0, fmt.Errorf("metric %s is not there", name)
	}
	return sum, nil
}
