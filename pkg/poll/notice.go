package poll

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"
)

const (
	// noticeEvery is how often the log tells of what may be wrong with each record.
	noticeEvery = time.Hour
	// maxDetailBytes bounds what the log tells of a record, which may quote a value of it.
	maxDetailBytes = 1 << 10
)

// Notices says when to tell the log of what recurs with record after record: at once,
// and then once an hour, with how often it was. The zero value is ready. It is safe for
// concurrent use.
type Notices struct {
	mu   sync.Mutex
	told map[string]*notice
}

// notice is what is known of one thing that recurs.
type notice struct {
	at time.Time
	// since counts what was not told of.
	since int
}

// Due counts n more of what the key names, and reports whether to tell of it, and of how
// many since it was told last.
func (s *Notices) Due(now time.Time, key string, n int) (times int, isDue bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.DeleteFunc(s.told, func(_ string, old *notice) bool { return old.since == 0 && now.Sub(old.at) >= noticeEvery })
	known := s.told[key]
	if known == nil {
		known = &notice{at: now.Add(-noticeEvery)}
		if s.told == nil {
			s.told = map[string]*notice{}
		}
		s.told[key] = known
	}
	known.since += n
	if now.Sub(known.at) < noticeEvery {
		return 0, false
	}
	times, known.at, known.since = known.since, now, 0
	return times, true
}

// tellRecords tells of what one window could not make events of, or not whole ones.
func (l *Loop) tellRecords(ctx context.Context, found sifted, batch Batch) {
	for _, letter := range found.letters {
		if times, isDue := l.state.notices.Due(l.cfg.Now(), letter.Reason, 1); isDue {
			l.logger.WarnContext(ctx, "a record is no event; it is kept as a dead letter, `signalbox dead list` has it",
				slog.String("reason", letter.Reason), slog.String("detail", clip(letter.Detail, maxDetailBytes)), slog.Int("times", times))
		}
	}
	l.tellOmitted(ctx, "label ", found.unlabeled, found.why)
	l.tellOmitted(ctx, "", batch.Omitted, batch.Why)
}

func (l *Loop) tellOmitted(ctx context.Context, prefix string, omitted map[string]int, why map[string]string) {
	for _, field := range slices.Sorted(maps.Keys(omitted)) {
		if why[field] == "" {
			continue
		}
		if times, isDue := l.state.notices.Due(l.cfg.Now(), "omitted "+prefix+field, omitted[field]); isDue {
			l.logger.WarnContext(ctx, "something is left out",
				slog.String("field", prefix+field), slog.String("detail", clip(why[field], maxDetailBytes)), slog.Int("times", times))
		}
	}
}
