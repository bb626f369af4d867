package config

import (
	"math"
	"strconv"
	"time"

	"github.com/dustin/go-humanize"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/signalbox-io/signalbox/pkg/duration"
	configv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/config/v1"
)

const (
	// syncAlways flushes each message before it is acknowledged.
	syncAlways = "always"
	// shortestSync and longestSync bound what a power cut may cost.
	shortestSync, longestSync = 100 * time.Millisecond, 10 * time.Minute
	// shortestAge leaves a poller that waits time to be served.
	shortestAge = time.Hour
	// longestEvents is how long the router knows the ids of events again.
	longestEvents = 90 * 24 * time.Hour
	// leastBytes holds the largest messages a few times.
	leastBytes = 64 << 20
)

// sync returns how often is flushed, 0 for always.
func (c *checker) sync(text string) time.Duration {
	const path = "nats.embedded.sync"
	if text == syncAlways {
		return 0
	}
	every, err := duration.Parse(text)
	switch {
	case err != nil:
		c.document.Report(path, "%q is neither %s nor a duration such as 1s", text, syncAlways)
	case every < shortestSync || every > longestSync:
		c.document.Report(path, "%s is not between %s and %s; the default is %s, and %s flushes each message",
			text, duration.Format(shortestSync), duration.Format(longestSync), defaultSync, syncAlways)
	}
	return every
}

func (c *checker) streams(m *configv1.Streams, n *NATS) {
	n.Events = c.limits("nats.streams.events", m.GetEvents())
	n.Decisions = c.limits("nats.streams.decisions", m.GetDecisions())
	n.Actions = c.limits("nats.streams.actions", m.GetActions())
	n.Dead = c.limits("nats.streams.dead", m.GetDead())
	if n.Events.MaxAge > longestEvents {
		c.document.Report("nats.streams.events.max_age", "%s is longer than %s, for which ids of events are known again; lower it",
			duration.Format(n.Events.MaxAge), duration.Format(longestEvents))
	}
}

func (c *checker) limits(path string, m *configv1.StreamLimits) StreamLimits {
	limits := StreamLimits{MaxBytes: c.bytes(path+".max_bytes", m.GetMaxBytes())}
	if m.GetMaxAge() != nil {
		limits.MaxAge = m.GetMaxAge().AsDuration()
		c.atLeast(path+".max_age", limits.MaxAge, shortestAge, "and whoever reads the stream may be away for longer")
	}
	return limits
}

// bytes reads an amount, 0 for one that is not written.
func (c *checker) bytes(path, text string) int64 {
	if text == "" {
		return 0
	}
	count, err := humanize.ParseBytes(text)
	switch {
	case err != nil || count > math.MaxInt64:
		c.document.Report(path, "%q is no amount; write 512MiB or 20GiB", text)
		return 0
	case count < leastBytes:
		c.document.Report(path, "%s is below %s, which a few large messages fill; raise it", text, humanize.IBytes(leastBytes))
	}
	return int64(count)
}

func (n NATS) syncText() string {
	if n.Sync == 0 {
		return syncAlways
	}
	return duration.Format(n.Sync)
}

// streamsMessage is nil where nothing is limited.
func (n NATS) streamsMessage() *configv1.Streams {
	m := &configv1.Streams{
		Events: n.Events.message(), Decisions: n.Decisions.message(), Actions: n.Actions.message(), Dead: n.Dead.message(),
	}
	if proto.Size(m) == 0 {
		return nil
	}
	return m
}

func (l StreamLimits) message() *configv1.StreamLimits {
	if l == (StreamLimits{}) {
		return nil
	}
	m := &configv1.StreamLimits{}
	if l.MaxAge != 0 {
		m.MaxAge = durationpb.New(l.MaxAge)
	}
	if l.MaxBytes != 0 {
		m.MaxBytes = strconv.FormatInt(l.MaxBytes, 10)
	}
	return m
}
