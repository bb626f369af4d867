package anomify

import (
	"context"
	"fmt"
	"slices"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/signalbox-io/signalbox/pkg/poll"
	"github.com/signalbox-io/signalbox/pkg/rpc"
	anomifyv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anomify/v1"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
)

const (
	// matchesTime is how long a look at matches may take. The anomalies that were
	// read are published after it. The next look goes on with what this one left.
	matchesTime = 20 * time.Second
	// matchesRefused is how long an organisation is left alone that does not show
	// its matches, or in a shape that nobody has documented.
	matchesRefused = time.Hour
	// unreadableFor is how long answers that cannot be read are taken for trouble at
	// the vendor, which ends: so long the position is held, so that nothing is
	// missed. Then they are taken for a shape of its own.
	unreadableFor = 20 * time.Minute
	// untold is how many metrics are looked at whose last match is not told.
	untold = 5
)

// matches is what is known of the matches. The vendor has no list of them: they
// are asked for pattern by pattern, of the metrics that matched since.
type matches struct {
	// due is when to look again.
	due time.Time
	// unreadable is since when the answers cannot be read, zero while they can.
	unreadable time.Time
	// read are the metrics that were read to their end, by name.
	read map[string]matched
}

// matched are the matches of one metric.
type matched struct {
	// last is when it matched last, and from is since when its matches were read.
	last, from time.Time
	events     []*eventv1.Event
}

// covers reports whether the matches of a metric since from are known.
func (m matched) covers(last, from time.Time) bool {
	return !last.IsZero() && m.last.Equal(last) && !m.from.After(from)
}

// matches returns the matches in the window. Each call returns all of them, so that
// the cursor remembers that they have been published.
func (s *Source) matches(ctx context.Context, w poll.Window) (poll.Batch, error) {
	var batch poll.Batch
	if s.now().Before(s.matched.due) {
		return batch, nil
	}
	ctx, cancel := context.WithTimeout(ctx, min(s.timeout, matchesTime))
	defer cancel()
	err := s.readMatches(ctx, w, &batch)
	if s.isHidden(err) {
		s.matched.due = s.now().Add(matchesRefused)
		batch.Omit("matches", fmt.Sprintf("the organisation does not show its matches, and is asked again in %s: %v", matchesRefused, err))
		err = nil
	}
	for _, m := range s.matched.read {
		for _, e := range m.events {
			if at := e.GetOccurredAt().AsTime(); !at.Before(w.From) && !at.After(w.To) {
				batch.Events = append(batch.Events, proto.CloneOf(e))
			}
		}
	}
	slices.SortFunc(batch.Events, byTime)
	return batch, err
}

// isHidden reports whether the organisation does not show its matches: that is no
// reason to hold the anomalies up.
func (s *Source) isHidden(err error) bool {
	reason := rpc.Reason(err)
	if reason != rpc.ReasonBadAnswer {
		s.matched.unreadable = time.Time{}
		return reason == rpc.ReasonRefusedByVendor || reason == rpc.ReasonNotFound
	}
	if s.matched.unreadable.IsZero() {
		s.matched.unreadable = s.now()
	}
	return s.now().Sub(s.matched.unreadable) >= unreadableFor
}

// readMatches reads the metrics that matched since the window began and are not
// known.
func (s *Source) readMatches(ctx context.Context, w poll.Window, batch *poll.Batch) error {
	answer, err := s.client.ListMostRecentlyMatchedMetrics(ctx, &anomifyv1.ListMostRecentlyMatchedMetricsRequest{Source: s.name})
	if err != nil {
		return fmt.Errorf("list the metrics that matched last: %w", err)
	}
	reject(batch, "metric", answer.GetRejected())
	before, left := s.matched.read, untold
	s.matched.read = map[string]matched{}
	for _, metric := range answer.GetMetrics() {
		last := lastMatch(metric)
		switch {
		case metric.GetName() == "" || !last.IsZero() && last.Before(w.From):
			continue
		case last.IsZero() && left == 0:
			continue
		case last.IsZero():
			left--
		}
		known := before[metric.GetName()]
		if err == nil && !known.covers(last, w.From) {
			var read matched
			if read, err = s.readMetric(ctx, metric.GetName(), w.From, batch); err == nil {
				known, known.last = read, last
			}
		}
		s.matched.read[metric.GetName()] = known
	}
	return err
}

// lastMatch is when a metric matched last, zero where that is not told. The
// vendor's name for it is assumed.
func lastMatch(metric *anomifyv1.Metric) time.Time {
	seconds := metric.GetExtra().GetFields()["last_match_timestamp"].GetNumberValue()
	if seconds <= 0 || seconds > maxSeconds {
		return time.Time{}
	}
	return time.Unix(int64(seconds), 0)
}

// maxSeconds is beyond any time in seconds, and before any in milliseconds.
const maxSeconds = 1e11

// readMetric reads the matches of one metric since from.
func (s *Source) readMetric(ctx context.Context, metric string, from time.Time, batch *poll.Batch) (matched, error) {
	read := matched{from: from}
	answer, err := s.client.ListMetricPatterns(ctx, &anomifyv1.ListMetricPatternsRequest{Source: s.name, Metric: metric})
	if err != nil {
		return read, fmt.Errorf("list the patterns of %.100q: %w", metric, err)
	}
	reject(batch, "pattern", answer.GetRejected())
	for _, pattern := range answer.GetPatterns() {
		last := pattern.GetLastMatchTimestamp()
		if pattern.GetId() == "" || last != nil && last.AsTime().Before(from) {
			continue
		}
		list, err := s.client.ListPatternMatches(ctx, &anomifyv1.ListPatternMatchesRequest{Source: s.name, PatternId: pattern.GetId()})
		if rpc.Reason(err) == rpc.ReasonNotFound {
			continue // deleted since it was listed
		}
		if err != nil {
			return read, fmt.Errorf("list the matches of pattern %s: %w", pattern.GetId(), err)
		}
		found := ConvertMatches(s.name, metric, pattern, list, from, s.now())
		batch.Rejected = append(batch.Rejected, found.Rejected...)
		read.events = append(read.events, found.Events...)
	}
	return read, nil
}
