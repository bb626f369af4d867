package bus

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"google.golang.org/protobuf/proto"

	"github.com/signalbox-io/signalbox/pkg/event"
	deadv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/dead/v1"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
)

// ErrRedriven is returned for a dead letter that is marked already.
var ErrRedriven = errors.New("the dead letter was redriven before")

// redriven begins the subjects of the marks. They stand on SIGNALBOX_DEAD behind
// their letters, so that they last as long, and go with them when the stream does.
// No area is called so.
const redriven = "signalbox.dead._redriven."

// IsRedriveMark reports whether a message of SIGNALBOX_DEAD is no letter, but says
// of one that it was redriven.
func IsRedriveMark(subject string) bool { return strings.HasPrefix(subject, redriven) }

// MarkRedriven keeps that the dead letter of that id was redriven, once: a second
// mark is ErrRedriven.
func (b *Bus) MarkRedriven(ctx context.Context, id string, mark *deadv1.Redrive) error {
	data, err := proto.Marshal(mark)
	if err != nil {
		return fmt.Errorf("encode the mark of dead letter %s: %w", id, err)
	}
	msg := &nats.Msg{Subject: redriven + Token(id), Data: data}
	_, err = b.js.PublishMsg(ctx, msg, jetstream.WithExpectLastSequencePerSubject(0))
	if refusal, ok := errors.AsType[*jetstream.APIError](err); ok && refusal.ErrorCode == anotherLastSequence {
		return ErrRedriven
	}
	if err != nil {
		return fmt.Errorf("mark dead letter %s: %w", id, err)
	}
	return nil
}

// RedriveOf returns the mark of the dead letter of that id, nil if it has none; dead
// is SIGNALBOX_DEAD. A mark that cannot be read says only when.
func RedriveOf(ctx context.Context, dead jetstream.Stream, id string) (*deadv1.Redrive, error) {
	msg, err := dead.GetLastMsgForSubject(ctx, redriven+Token(id))
	switch {
	case errors.Is(err, jetstream.ErrMsgNotFound):
		return nil, nil //nolint:nilnil // there is none
	case err != nil:
		return nil, fmt.Errorf("read whether dead letter %s was redriven: %w", id, err)
	}
	mark := &deadv1.Redrive{}
	if proto.Unmarshal(msg.Data, mark) != nil {
		mark.Reset()
	}
	return mark, nil
}

// DecodeDead reads the event of a dead letter that kept a message of
// SIGNALBOX_EVENTS.
func DecodeDead(letter *deadv1.DeadLetter) (*eventv1.Event, error) {
	header := nats.Header{}
	for name, value := range letter.GetHeader() {
		header[name] = []string{value}
	}
	return DecodeEvent(header, letter.GetData())
}

// RepublishEvent publishes an event again that stands on the stream as something
// that could not be read, under a message id that is the dead letter's: that of the
// event may be the one of what could not be read.
func (b *Bus) RepublishEvent(ctx context.Context, e *eventv1.Event, deadID string) error {
	if err := event.Validate(e); err != nil {
		return fmt.Errorf("publish event %.64q: %w", e.GetId(), err)
	}
	env := eventEnvelope(e)
	env.msgID = republished + deadID + "-" + e.GetId()
	return b.publish(ctx, env, e)
}

// republished begins the message ids of events that were published again; that of
// the dead letter, which is a number, and of the event follow.
const republished = "redrive-"

// MayHoldEvent reports whether a message of SIGNALBOX_EVENTS was published as the
// event of that id. Whether it can be read is another matter.
func MayHoldEvent(header nats.Header, id string) bool {
	msgID := header.Get(nats.MsgIdHdr)
	if msgID == id {
		return true
	}
	rest, isAgain := strings.CutPrefix(msgID, republished)
	_, eventID, _ := strings.Cut(rest, "-")
	return isAgain && eventID == id
}
