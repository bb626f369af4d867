package adaptertest

import (
	"bytes"
	"fmt"
	"strings"
	"sync"

	"google.golang.org/grpc/status"
)

// Seen returns all that a caller and a reader of logs, metrics, traces and
// readiness could see of an error.
func (b *Bench) Seen(err error) string {
	seen := []string{b.Log.String(), b.metrics(), fmt.Sprintf("%+v", b.spans.GetSpans())}
	for _, component := range b.Health.Report().Components {
		seen = append(seen, component.Reason)
	}
	if err == nil {
		return strings.Join(seen, "\n")
	}
	seen = append(seen, err.Error())
	for _, detail := range status.Convert(err).Details() {
		if m, ok := detail.(interface{ String() string }); ok {
			seen = append(seen, m.String())
		}
	}
	return strings.Join(seen, "\n")
}

// metrics returns every metric with its labels, or why there is none.
func (b *Bench) metrics() string {
	families, err := b.registry.Gather()
	if err != nil {
		return err.Error()
	}
	lines := make([]string, 0, len(families))
	for _, family := range families {
		lines = append(lines, family.String())
	}
	return strings.Join(lines, "\n")
}

// Log is a log that may be written from several goroutines.
type Log struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write appends to the log.
func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

// String returns what was logged.
func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
