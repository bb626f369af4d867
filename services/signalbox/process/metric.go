package process

import (
	"context"
	"fmt"
	"strconv"
	"strings"
)

// Metrics are what a process tells of itself on /metrics.
type Metrics string

// ReadMetrics asks the process that listens for HTTP at the address.
func ReadMetrics(ctx context.Context, address string) (Metrics, error) {
	_, body, err := Get(ctx, "http://"+address+"/metrics")
	return Metrics(body), err
}

// Sum returns the sum of a metric over its labels. One that is not there is an
// error.
func (m Metrics) Sum(name string) (float64, error) {
	sum, found := 0.0, false
	for line := range strings.Lines(string(m)) {
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
