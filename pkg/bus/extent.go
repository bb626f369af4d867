package bus

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Extent is how far a stream reached at a moment. The zero value is that of no
// stream, and a part of every one.
type Extent struct {
	// Created is when the stream was created.
	Created time.Time
	// Last is the sequence of the last message that it had got, 0 for none.
	Last uint64
	// LastTime is when it had got that one, zero for none.
	LastTime time.Time
}

// EventsExtent returns how far SIGNALBOX_EVENTS reaches now, and whether before
// is a part of it. If not, the stream was created again, restored or cut off,
// and what was published until then may be lost.
func (b *Bus) EventsExtent(ctx context.Context, before Extent) (now Extent, isPart bool, err error) {
	stream, err := b.js.Stream(ctx, StreamEvents)
	if err != nil {
		return Extent{}, false, fmt.Errorf("ask how far stream %s reaches: %w", StreamEvents, err)
	}
	info := stream.CachedInfo()
	now = Extent{Created: info.Created, Last: info.State.LastSeq, LastTime: info.State.LastTime}
	switch {
	case before.Created.IsZero():
		return now, true, nil
	case !before.Created.Equal(now.Created), before.Last > now.Last:
		return now, false, nil
	case before.Last == 0, before.Last < info.State.FirstSeq: // none, or over its retention
		return now, true, nil
	}
	msg, err := stream.GetMsg(ctx, before.Last)
	switch {
	case errors.Is(err, jetstream.ErrMsgNotFound): // somebody deleted that one
		return now, true, nil
	case err != nil:
		return now, false, fmt.Errorf("ask for message %d of stream %s: %w", before.Last, StreamEvents, err)
	}
	return now, msg.Time.Equal(before.LastTime), nil
}
