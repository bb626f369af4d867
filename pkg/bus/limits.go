package bus

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Limits are how much a stream keeps. A zero leaves a limit as it is.
type Limits struct {
	// MaxAge is how long a message is kept.
	MaxAge time.Duration
	// MaxBytes is how much the stream holds; a full one takes nothing more.
	MaxBytes int64
}

func (l Limits) apply(config *jetstream.StreamConfig) {
	if l.MaxAge != 0 {
		config.MaxAge = l.MaxAge
		config.Duplicates = min(dedupWindow, l.MaxAge)
	}
	if l.MaxBytes != 0 {
		config.MaxBytes = l.MaxBytes
	}
}

// limit changes a stream that is there to the limits that are configured, and
// warns of one that has fewer copies than are asked for: adding them is the
// operator's decision, because it moves everything that is stored.
func (b *Bus) limit(ctx context.Context, name string) error {
	stream, err := b.js.Stream(ctx, name)
	if err != nil {
		return fmt.Errorf("open stream %s: %w", name, err)
	}
	before := stream.CachedInfo().Config
	if before.Replicas < b.opts.Replicas {
		b.logger.WarnContext(ctx, "stream has fewer copies than nats.replicas asks for; add them with "+
			"`nats stream edit --replicas`", slog.String("stream", name), slog.Int("copies", before.Replicas),
			slog.Int("wanted", b.opts.Replicas))
	}
	after := before
	b.opts.Limits[name].apply(&after)
	if after.MaxAge == before.MaxAge && after.MaxBytes == before.MaxBytes {
		return nil
	}
	if _, err := b.js.UpdateStream(ctx, after); err != nil {
		return fmt.Errorf("limit stream %s to what nats.streams says: %w", name, err)
	}
	b.logger.InfoContext(ctx, "stream has other limits from here on", slog.String("stream", name),
		slog.Duration("max_age", after.MaxAge), slog.Int64("max_bytes", after.MaxBytes))
	return nil
}
