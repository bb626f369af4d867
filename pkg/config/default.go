package config

import (
	"cmp"
	"time"

	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
)

// The defaults of everything that has one.
const (
	defaultDataDir       = "./data"
	defaultNATSListen    = "127.0.0.1:4222"
	defaultGRPCListen    = "127.0.0.1:7420"
	defaultHTTPListen    = "127.0.0.1:7421"
	defaultRules         = "rules/*.yaml"
	defaultReplicas      = 1
	defaultSync          = "1s"
	defaultEncoding      = "protobuf"
	defaultLateness      = time.Hour
	defaultMaxKeys       = 1_000_000
	defaultPausedPercent = 20
	defaultActionsHour   = 60
	defaultSQLitePath    = "query.db"
	defaultRetention     = 90 * 24 * time.Hour
	defaultLogLevel      = "info"
	defaultLogFormat     = "text"
	defaultSubjectPrefix = "signalbox.notify"
	defaultReconcile     = time.Minute
	defaultPollEvery     = time.Minute
	defaultLookBack      = time.Hour
	defaultTimeout       = 30 * time.Second
	defaultTimeoutAnura  = 5 * time.Minute
	defaultTimeZone      = "UTC"
	shortestPoll         = 5 * time.Second
	shortestPollAnura    = time.Minute
	shortestOverlap      = 10 * time.Minute
	shortestReconcile    = time.Second
	everything           = "all"
)

// defaultOverlap is two intervals, but long enough for what a vendor adds
// after the fact.
func defaultOverlap(every time.Duration) time.Duration { return max(2*every, shortestOverlap) }

// defaultSlowest spares a budget that is short, and leaves a source a few minutes
// old and not more.
func defaultSlowest(every time.Duration) time.Duration { return 4 * every }

// timeoutOf is longer for Anura, whose overviews take minutes.
func timeoutOf(vendor eventv1.Vendor) time.Duration {
	if vendor == eventv1.Vendor_VENDOR_ANURA {
		return defaultTimeoutAnura
	}
	return defaultTimeout
}

// shortestPollOf is the shortest interval that keeps to the vendor's budget.
func shortestPollOf(vendor eventv1.Vendor) time.Duration {
	if vendor == eventv1.Vendor_VENDOR_ANURA {
		return shortestPollAnura
	}
	return shortestPoll
}

// listOr returns values, or fallback alone where there are none.
func listOr(values []string, fallback string) []string {
	if len(values) == 0 {
		return []string{fallback}
	}
	return values
}

func textOr(value, fallback string) string { return cmp.Or(value, fallback) }
