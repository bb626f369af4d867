package poll

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/bus"
	sourcev1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/source/v1"
)

// statusTimeout bounds the writing of the source's state, which the next poll
// writes again.
const statusTimeout = 2 * time.Second

// state is what a loop remembers from poll to poll besides the cursor.
type state struct {
	// outcome of the last poll, "" before the first.
	outcome string
	// succeeded is when a poll last succeeded, zero if it is not known.
	succeeded time.Time
	// known is set once succeeded has been read from the bucket.
	known bool
	// cursor as it was last written or found.
	cursor cursor
	// alerts is set while the alerts of the source cannot be read.
	alerts atomic.Bool
	// unsure is set while it is not known whether some of them are paused.
	unsure atomic.Bool
	// notices are those of single records.
	notices Notices
	// lost is what the stream was that has lost events, as last told of.
	lost bus.Extent
	// fresh is up to where the vendor's data have been published, in Unix
	// nanoseconds; read by the metrics.
	fresh atomic.Int64
}

func (s *state) moved(c cursor) {
	s.cursor = c
	if !c.position.IsZero() {
		s.fresh.Store(c.position.UnixNano())
	}
}

func (l *Loop) freshness() float64 {
	return l.cfg.Now().Sub(time.Unix(0, l.state.fresh.Load())).Seconds()
}

// count adds what one window brought to the metrics, and tells the log what is wrong
// with it.
func (l *Loop) count(ctx context.Context, found sifted, batch Batch, result Result) {
	l.tellRecords(ctx, found, batch)
	m, source := l.deps.Metrics, l.cfg.Source
	m.published.WithLabelValues(source).Add(float64(result.Published))
	for _, letter := range found.letters {
		m.rejected.WithLabelValues(source, letter.Reason).Inc()
	}
	for reason, n := range found.repeated {
		m.repeated.WithLabelValues(source, reason).Add(float64(n))
	}
	for name, n := range found.unlabeled {
		m.omitted.WithLabelValues(source, "label "+name).Add(float64(n))
	}
	for field, n := range batch.Omitted {
		m.omitted.WithLabelValues(source, field).Add(float64(n))
	}
}

// report tells everybody how a poll went.
func (l *Loop) report(ctx context.Context, took time.Duration, result Result, err error) {
	word := outcome(err)
	l.deps.Metrics.polls.WithLabelValues(l.cfg.Source, word).Inc()
	l.deps.Metrics.duration.WithLabelValues(l.cfg.Source).Observe(took.Seconds())
	if err == nil {
		l.deps.Health.OK()
	} else {
		l.deps.Health.Fail(describe(err))
	}
	l.log(ctx, word, result, err)
	l.state.outcome = word
	l.writeStatus(ctx, err)
}

// log says once that polls fail, once that they work again, and at every poll
// only what an operator of a working source wants to know.
func (l *Loop) log(ctx context.Context, word string, result Result, err error) {
	previous := l.state.outcome
	switch {
	case err != nil:
		level := slog.LevelDebug
		if previous != word {
			level = slog.LevelWarn
		}
		l.logger.Log(ctx, level, "poll failed", slog.String("outcome", word), slog.String("error", describe(err)))
	case previous != "" && previous != outcomeOK:
		l.logger.InfoContext(ctx, "poll works again", counts(result))
	case result.Published > 0 || result.Rejected > 0:
		l.logger.InfoContext(ctx, "polled", counts(result))
	default:
		l.logger.DebugContext(ctx, "polled, nothing new", counts(result))
	}
}

func counts(r Result) slog.Attr {
	return slog.Group("events", slog.Int("returned", r.Returned), slog.Int("published", r.Published),
		slog.Int("rejected", r.Rejected), slog.Int("windows", r.Windows))
}

// writeStatus keeps the source's state for whoever lists sources. A bus that
// is away is no fault of the poll.
func (l *Loop) writeStatus(ctx context.Context, err error) {
	ctx, cancel := context.WithTimeout(ctx, statusTimeout)
	defer cancel()
	now := l.cfg.Now()
	l.recall(ctx)
	told := &sourcev1.Source{
		Name: l.cfg.Source, Vendor: l.cfg.Vendor, Healthy: err == nil, PolledAt: timestamppb.New(now),
		Cursor:          timestampOf(l.state.cursor.position),
		EventsPublished: l.state.cursor.published, RecordsRejected: l.state.cursor.rejected,
	}
	if err == nil {
		l.state.succeeded = now
	} else {
		told.Error = describe(err)
	}
	told.SucceededAt = timestampOf(l.state.succeeded)
	data, marshalErr := proto.Marshal(told)
	if marshalErr == nil {
		_, marshalErr = l.deps.Bus.Sources().Put(ctx, l.cfg.Source, data)
	}
	if marshalErr != nil {
		l.logger.DebugContext(ctx, "state of the source could not be kept", slog.Any("error", marshalErr))
	}
}

// recall reads once, after a restart, when a poll last succeeded.
func (l *Loop) recall(ctx context.Context) {
	if l.state.known {
		return
	}
	entry, err := l.deps.Bus.Sources().Get(ctx, l.cfg.Source)
	if err != nil {
		return
	}
	var last sourcev1.Source
	if proto.Unmarshal(entry.Value(), &last) == nil {
		l.state.known, l.state.succeeded = true, timeOf(last.GetSucceededAt())
	}
}
