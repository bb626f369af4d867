package query

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/nats-io/nats.go/jetstream"
	"google.golang.org/protobuf/proto"

	"github.com/signalbox-io/signalbox/pkg/bus"
	deadv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/dead/v1"
	queryv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/query/v1"
	"github.com/signalbox-io/signalbox/services/query/store"
)

// ListDeadLetters returns one page of dead letters, the last given up first,
// without the originals' data.
func (s *Server) ListDeadLetters(
	ctx context.Context, req *queryv1.ListDeadLettersRequest,
) (*queryv1.ListDeadLettersResponse, error) {
	page, next, err := list(ctx, s, deadRecords(s.bus), req)
	if err != nil {
		return nil, err
	}
	return &queryv1.ListDeadLettersResponse{DeadLetters: page, NextPageToken: next}, nil
}

// GetDeadLetter returns one dead letter with the original, or NotFound.
func (s *Server) GetDeadLetter(
	ctx context.Context, req *queryv1.GetDeadLetterRequest,
) (*queryv1.GetDeadLetterResponse, error) {
	if req.GetId() == "" {
		return nil, noID("dead letter")
	}
	letter, err := graveyard{s.bus}.find(ctx, req.GetId())
	switch {
	case errors.Is(err, jetstream.ErrMsgNotFound):
		return nil, notFound("dead letter", req.GetId(), "its number is in ListDeadLetters, and it is kept as long as the stream keeps it")
	case err != nil:
		return nil, s.unreadable(ctx, err)
	}
	return &queryv1.GetDeadLetterResponse{DeadLetter: letter}, nil
}

func deadRecords(b *bus.Bus) records[*deadv1.DeadLetter] {
	return records[*deadv1.DeadLetter]{
		table: "dead_letters",
		rows:  graveyard{b},
		empty: func() *deadv1.DeadLetter { return &deadv1.DeadLetter{} },
		filter: func(text string) (filter[*deadv1.DeadLetter], error) {
			return messageFilter("dead", &deadv1.DeadLetter{}, text)
		},
	}
}

// graveyard reads SIGNALBOX_DEAD itself: letters are few, and one that was taken
// away there is not to be seen here. A position in it is a sequence.
type graveyard struct{ bus *bus.Bus }

// theDead is what errors call what is read here.
const theDead = "the dead letters"

// Page returns up to limit letters that were kept before the one at the
// position, without their data.
func (g graveyard) Page(ctx context.Context, _ store.Table, after store.Position, limit int) ([]store.Row, error) {
	stream, err := g.stream(ctx)
	if err != nil {
		return nil, err
	}
	state := stream.CachedInfo().State
	var rows []store.Row
	for at := min(uint64(max(after.At, 1))-1, state.LastSeq); at >= max(state.FirstSeq, 1) && len(rows) < limit; at-- {
		msg, err := message(ctx, stream, at)
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if bus.IsRedriveMark(msg.Subject) {
			continue
		}
		letter := bus.DeadLetterOf(msg)
		letter.Data = nil
		if err := redriveOf(ctx, stream, letter); err != nil {
			return nil, err
		}
		data, err := proto.Marshal(letter)
		if err != nil {
			return nil, fmt.Errorf("encode dead letter %d: %w", at, err)
		}
		rows = append(rows, store.Row{Position: store.Position{At: int64(at)}, Data: data})
	}
	return rows, nil
}

// find returns the letter, or [jetstream.ErrMsgNotFound].
func (g graveyard) find(ctx context.Context, id string) (*deadv1.DeadLetter, error) {
	sequence, err := strconv.ParseUint(id, 10, 64)
	if err != nil || sequence == 0 {
		return nil, jetstream.ErrMsgNotFound
	}
	stream, err := g.stream(ctx)
	if err != nil {
		return nil, err
	}
	msg, err := message(ctx, stream, sequence)
	switch {
	case err != nil:
		return nil, err
	case bus.IsRedriveMark(msg.Subject):
		return nil, jetstream.ErrMsgNotFound
	}
	letter := bus.DeadLetterOf(msg)
	return letter, redriveOf(ctx, stream, letter)
}

// redriveOf fills in whether the letter was tried again.
func redriveOf(ctx context.Context, stream jetstream.Stream, letter *deadv1.DeadLetter) (err error) {
	ctx, cancel := context.WithTimeout(ctx, busTime)
	defer cancel()
	if letter.Redrive, err = bus.RedriveOf(ctx, stream, letter.GetId()); err != nil {
		return busError{theDead, err}
	}
	return nil
}

func (g graveyard) stream(ctx context.Context) (jetstream.Stream, error) {
	ctx, cancel := context.WithTimeout(ctx, busTime)
	defer cancel()
	stream, err := g.bus.JetStream().Stream(ctx, bus.StreamDead)
	if err != nil {
		return nil, busError{theDead, fmt.Errorf("find stream %s: %w", bus.StreamDead, err)}
	}
	return stream, nil
}

func message(ctx context.Context, stream jetstream.Stream, sequence uint64) (*jetstream.RawStreamMsg, error) {
	ctx, cancel := context.WithTimeout(ctx, busTime)
	defer cancel()
	msg, err := stream.GetMsg(ctx, sequence)
	if err != nil && !errors.Is(err, jetstream.ErrMsgNotFound) {
		return nil, busError{theDead, fmt.Errorf("read dead letter %d: %w", sequence, err)}
	}
	return msg, err
}
