package soak_test

import (
	"bytes"
	"os"
	"strings"
	"sync"

	"github.com/signalbox-io/signalbox/services/simulator"
)

// watchedLog takes the log of what is tested and keeps the lines that must not
// be there. The vendors' credentials are in every request.
type watchedLog struct {
	mu  sync.Mutex
	bad []string
}

func (l *watchedLog) Write(p []byte) (int, error) {
	if *verbose {
		_, _ = os.Stderr.Write(p)
	}
	_, secret, _ := strings.Cut(simulator.DefaultSecureReporterToken, ":")
	for _, never := range []string{
		"panic", secret, simulator.DefaultAnodotRefreshToken, simulator.DefaultAnomifyToken,
		simulator.DefaultAnuraToken, simulator.DefaultAnalyticsKey,
	} {
		if bytes.Contains(p, []byte(never)) {
			l.keep("the log says " + strings.TrimSpace(string(p)))
		}
	}
	return len(p), nil
}

func (l *watchedLog) keep(line string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.bad) < maxShown {
		l.bad = append(l.bad, line)
	}
}

func (l *watchedLog) faults() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.bad
}
