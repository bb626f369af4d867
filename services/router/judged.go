package router

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

const (
	// judgedKey is the router's own key in the bucket of the cursors. No source is
	// called so: their names begin with a letter.
	judgedKey = "_router"
	// markEvery is the time between two marks of how far events are judged.
	markEvery = time.Second
)

// judgedUpTo is up to where events have been judged and everything that follows
// from them is on the bus. It stands apart from the snapshot: for routers that
// stand by, which go as far, and for when the snapshot is lost: decisions tell of
// history too, but only where a rule had something to decide.
type judgedUpTo struct {
	// Sequence of the last judged event, and when its stream was created.
	Sequence uint64    `json:"sequence"`
	Created  time.Time `json:"created"`
	// RuleSet is the version of the rules by which it was judged.
	RuleSet string `json:"rule_set"`
	// Clock is up to when what was due had been judged.
	Clock time.Time `json:"clock,omitzero"`
	// Decisions and Inputs are as in the snapshot.
	Decisions position `json:"decisions,omitzero"`
	Inputs    position `json:"inputs,omitzero"`
	// Doubt is why the state may not be the one that others come to.
	Doubt doubt `json:"doubt,omitempty"`
}

// mark keeps how far events are judged, between two snapshots, which may take long.
func (l *loop) mark(ctx context.Context) {
	l.pulse.begin(l.position.Sequence)
	defer l.pulse.end()
	if l.outbox.settle(ctx, 0) == nil {
		l.noteJudged(ctx)
	}
}

// noteJudged keeps how far events are judged; what follows from them must be on the
// bus. It is no worse than the snapshot itself if it cannot be kept: the next one
// follows.
func (l *loop) noteJudged(ctx context.Context) {
	l.nextMark = time.Now().Add(markEvery)
	data, err := json.Marshal(judgedUpTo{
		Sequence: l.position.Sequence, Created: l.position.Created, RuleSet: l.rules.Version(),
		Clock: l.engine.Clock(), Decisions: l.outbox.end, Inputs: l.recorded.position, Doubt: l.doubt,
	})
	if err != nil || bytes.Equal(data, l.marked) {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	if _, err := l.bus.Cursors().Put(ctx, judgedKey, data); err != nil {
		l.logger.DebugContext(ctx, "how far events are judged could not be kept beside the snapshot", "error", err)
		return
	}
	l.marked = data
}

// readJudged returns what noteJudged kept, the zero value if there is nothing
// that can be read.
func (l *loop) readJudged(ctx context.Context) (judgedUpTo, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	entry, err := l.bus.Cursors().Get(ctx, judgedKey)
	switch {
	case errors.Is(err, jetstream.ErrKeyNotFound):
		return judgedUpTo{}, nil
	case err != nil:
		return judgedUpTo{}, fmt.Errorf("read how far events were judged: %w", err)
	}
	var judged judgedUpTo
	if json.Unmarshal(entry.Value(), &judged) != nil {
		return judgedUpTo{}, nil
	}
	return judged, nil
}

// extend makes what was judged without a decision history too, if it was on
// this stream.
func (h *history) extend(judged judgedUpTo, stream *jetstream.StreamInfo, version string) {
	if !judged.Created.Equal(stream.Created) || judged.Sequence <= h.until || judged.Sequence > stream.State.LastSeq {
		return
	}
	h.until = judged.Sequence
	h.isLost = h.isLost || judged.RuleSet != version
}
