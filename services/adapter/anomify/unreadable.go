package anomify

import (
	"context"
	"log/slog"
	"strconv"
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/signalbox-io/signalbox/pkg/event"
	anomifyv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anomify/v1"
)

// unreadable tells of watchers that cannot be read: each time that they change, and
// not each time that they are listed, which leases do every minute. It is safe for
// concurrent use.
type unreadable struct {
	count *prometheus.GaugeVec

	mu sync.Mutex
	// told is what was last told of each source, absent for nothing.
	told map[string]string
}

func newUnreadable(registerer prometheus.Registerer) (*unreadable, error) {
	u := &unreadable{told: map[string]string{}, count: prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "signalbox_anomify_unreadable_watchers",
		Help: "Watchers in the vendor's last list that cannot be read.",
	}, []string{"source"})}
	return u, registerer.Register(u.count)
}

// tell tells of what one list held.
func (u *unreadable) tell(ctx context.Context, logger *slog.Logger, source string, rejected []*anomifyv1.RejectedRecord) {
	u.count.WithLabelValues(source).Set(float64(len(rejected)))
	was, now := u.swap(source, rejected)
	switch {
	case was == now:
	case now == "":
		logger.InfoContext(ctx, "every watcher can be read again", slog.String("source", source))
	default:
		logger.WarnContext(ctx, "watchers cannot be read; they are neither found by their names nor compared with leases",
			slog.String("source", source), slog.Int("watchers", len(rejected)),
			slog.Int("first_index", int(rejected[0].GetIndex())), slog.String("reason", rejected[0].GetReason()))
	}
}

// swap keeps what is told now and returns what was before.
func (u *unreadable) swap(source string, rejected []*anomifyv1.RejectedRecord) (was, now string) {
	if len(rejected) > 0 {
		parts := make([]string, 0, 2*len(rejected))
		for _, r := range rejected {
			parts = append(parts, r.GetReason(), r.GetRaw())
		}
		now = strconv.Itoa(len(rejected)) + event.Hash(parts...)
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	was, u.told[source] = u.told[source], now
	return was, now
}
