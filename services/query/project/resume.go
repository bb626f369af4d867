package project

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/signalbox-io/signalbox/services/query/store"
)

// resume finds out where to go on: at the checkpoint if the stream is still
// the one it was taken from, else at the beginning with empty tables.
func (l *loop) resume(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	checkpoint, err := l.store.Checkpoint(ctx, l.source.stream)
	if err != nil {
		return err
	}
	stream, err := l.js.Stream(ctx, l.source.stream)
	if err != nil {
		return fmt.Errorf("find stream: %w", err)
	}
	info := stream.CachedInfo()
	reason, err := foreign(ctx, stream, checkpoint)
	if err != nil {
		return err
	}
	if reason != "" {
		l.logger.WarnContext(ctx, "read model is built again from the stream", slog.String("reason", reason))
		if err := l.store.Reset(ctx, l.source.stream, l.source.tables...); err != nil {
			return err
		}
		checkpoint = store.Checkpoint{}
	}
	// What was on the stream before is no news, not even if it is read again.
	if !l.started || reason != "" {
		l.started, l.live = true, info.State.LastSeq
	} else {
		l.live = max(l.live, l.position.Sequence)
	}
	checkpoint.Created = info.Created
	l.position = checkpoint
	return nil
}

// foreign says why the checkpoint was not taken from this stream, "" if it
// was. A message that the stream no longer keeps proves nothing.
func foreign(ctx context.Context, stream jetstream.Stream, checkpoint store.Checkpoint) (string, error) {
	info := stream.CachedInfo()
	switch {
	case checkpoint.Sequence == 0:
		return "", nil
	case !checkpoint.Created.Equal(info.Created):
		return "the stream was created again", nil
	case info.State.LastSeq < checkpoint.Sequence:
		return "the stream ends before the checkpoint", nil
	case info.State.FirstSeq > checkpoint.Sequence:
		return "", nil
	}
	msg, err := stream.GetMsg(ctx, checkpoint.Sequence)
	switch {
	case errors.Is(err, jetstream.ErrMsgNotFound):
		return "", nil
	case err != nil:
		return "", fmt.Errorf("read message %d of the checkpoint: %w", checkpoint.Sequence, err)
	case !msg.Time.Equal(checkpoint.Stored):
		return "the checkpoint's message is another one", nil
	default:
		return "", nil
	}
}
