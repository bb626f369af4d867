package poll

import (
	"context"
	"log/slog"
	"time"
)

// historyEvery is how often a poll that reads a long past says how far it is.
const historyEvery = 10 * time.Second

// history tells the log how far a poll of many pieces is.
type history struct {
	logger *slog.Logger
	whole  Window
	began  time.Time
	told   time.Time
}

func (l *Loop) newHistory(whole Window) *history {
	now := time.Now()
	return &history{logger: l.logger, whole: whole, began: now, told: now}
}

// tell says it where that is due. How long the rest takes is guessed from the
// span that is read, not from the events in it.
func (h *history) tell(ctx context.Context, readTo time.Time, done Result) {
	now := time.Now()
	if now.Sub(h.told) < historyEvery {
		return
	}
	h.told = now
	share := float64(readTo.Sub(h.whole.From)) / float64(h.whole.To.Sub(h.whole.From))
	left := time.Duration((1/share - 1) * float64(now.Sub(h.began))).Round(time.Second)
	h.logger.InfoContext(ctx, "reading the past", slog.Time("read_to", readTo), slog.Time("to", h.whole.To),
		slog.Int("percent", int(100*share)), slog.Duration("left", left), counts(done))
}
