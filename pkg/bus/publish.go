package bus

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/signalbox-io/signalbox/pkg/event"
	"github.com/signalbox-io/signalbox/pkg/telemetry"
	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	decisionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/decision/v1"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
)

// PublishResult counts what a publish did.
type PublishResult struct {
	// Published messages are new on the stream.
	Published int
	// Duplicates were on the stream already.
	Duplicates int
}

// PublishEvents publishes the events in their order and waits until each is
// acknowledged. After an error nothing may be assumed about any of them:
// publish all of them again, their ids make that harmless.
func (b *Bus) PublishEvents(ctx context.Context, events []*eventv1.Event) (PublishResult, error) {
	futures := make([]jetstream.PubAckFuture, 0, len(events))
	for _, e := range events {
		if err := event.Validate(e); err != nil {
			return PublishResult{}, fmt.Errorf("publish event %.64q: %w", e.GetId(), err)
		}
		future, err := b.publishAsync(ctx, eventEnvelope(e), e)
		if err != nil {
			return PublishResult{}, err
		}
		futures = append(futures, future)
	}
	return await(ctx, futures)
}

// await collects the acknowledgements.
func await(ctx context.Context, futures []jetstream.PubAckFuture) (PublishResult, error) {
	var result PublishResult
	for _, future := range futures {
		select {
		case ack := <-future.Ok():
			if ack.Duplicate {
				result.Duplicates++
			} else {
				result.Published++
			}
		case err := <-future.Err():
			return PublishResult{}, fmt.Errorf("publish on %s: %w", future.Msg().Subject, err)
		case <-ctx.Done():
			return PublishResult{}, fmt.Errorf("publish on %s: no acknowledgement: %w", future.Msg().Subject, ctx.Err())
		}
	}
	return result, nil
}

// PublishDecision publishes one decision and waits for the acknowledgement.
func (b *Bus) PublishDecision(ctx context.Context, d *decisionv1.Decision) error {
	return b.publish(ctx, decisionEnvelope(d), d)
}

// PublishDecisionAsync publishes one decision; the caller reads the
// acknowledgement from the future before it relies on it.
func (b *Bus) PublishDecisionAsync(ctx context.Context, d *decisionv1.Decision) (jetstream.PubAckFuture, error) {
	return b.publishAsync(ctx, decisionEnvelope(d), d)
}

// PublishAction publishes the state an action has reached.
func (b *Bus) PublishAction(ctx context.Context, a *actionv1.Action) error {
	return b.publish(ctx, actionEnvelope(a), a)
}

// PublishLease publishes the state a lease has reached.
func (b *Bus) PublishLease(ctx context.Context, l *actionv1.Lease) error {
	return b.publish(ctx, leaseEnvelope(l), l)
}

// ErrOvertaken is returned for an input whose place on SIGNALBOX_INPUTS another one
// has taken, or whose place does not come next: somebody else records too, or the
// stream is not as it was.
var ErrOvertaken = errors.New("another input stands where this one was to be recorded")

// wrongLast is the server's code for a message that was to follow another one.
const wrongLast jetstream.ErrorCode = 10071

// PublishInput records an input of the router as the one that follows the sequence
// after on SIGNALBOX_INPUTS, and returns its own. So of two who record, one does.
// Recording it again under the same id, because its acknowledgement was lost, gives
// the same sequence; another's place is ErrOvertaken.
func (b *Bus) PublishInput(ctx context.Context, id string, in *routerv1.Input, after uint64) (uint64, error) {
	env := inputEnvelope(id, in)
	msg, err := b.message(ctx, env, in)
	if err != nil {
		return 0, err
	}
	ack, err := b.js.PublishMsg(ctx, msg, jetstream.WithExpectLastSequence(after))
	var answer *jetstream.APIError
	if errors.As(err, &answer) && answer.ErrorCode == wrongLast {
		return b.recordedInput(ctx, id, after+1)
	}
	if err != nil {
		return 0, fmt.Errorf("record input on %s: %w", env.subject, err)
	}
	return ack.Sequence, nil
}

// recordedInput returns the sequence if the input there has the id.
func (b *Bus) recordedInput(ctx context.Context, id string, sequence uint64) (uint64, error) {
	stream, err := b.js.Stream(ctx, StreamInputs)
	if err != nil {
		return 0, fmt.Errorf("look for input %s: %w", id, err)
	}
	msg, err := stream.GetMsg(ctx, sequence)
	switch {
	case errors.Is(err, jetstream.ErrMsgNotFound):
		return 0, fmt.Errorf("record input %s at %d: %w", id, sequence, ErrOvertaken)
	case err != nil:
		return 0, fmt.Errorf("look for input %s: %w", id, err)
	case msg.Header.Get(nats.MsgIdHdr) != id:
		return 0, fmt.Errorf("record input %s at %d: %w", id, sequence, ErrOvertaken)
	}
	return sequence, nil
}

// PublishNotification publishes what a publish action says, below the
// notification prefix that subject already begins with. Notifications are
// plain NATS messages: who is subscribed gets them, no stream keeps them
// unless an operator adds one.
func (b *Bus) PublishNotification(ctx context.Context, subject string, a *actionv1.Action) error {
	fields := make(map[string]*structpb.Value, len(a.GetPublish().GetFields()))
	for name, text := range a.GetPublish().GetFields() {
		fields[name] = structpb.NewStringValue(text)
	}
	msg, err := encode(envelope{
		subject: subject, id: a.GetId(), kind: "signalbox.notification.v1", source: "/signalbox/router",
		about: a.GetTarget(), time: time.Now(),
	}, &structpb.Struct{Fields: fields}, ContentJSON)
	if err != nil {
		return err
	}
	telemetry.Inject(ctx, msg.Header)
	if err := b.nc.PublishMsg(msg); err != nil {
		return fmt.Errorf("publish notification on %s: %w", subject, err)
	}
	ctx, cancel := context.WithTimeout(ctx, attemptTime)
	defer cancel()
	if err := b.nc.FlushWithContext(ctx); err != nil {
		return fmt.Errorf("publish notification on %s: %w", subject, err)
	}
	return nil
}

// Size returns how long the message's data is as this bus publishes it; the
// envelope takes a few kilobytes of headers besides.
func (b *Bus) Size(m proto.Message) (int, error) {
	if b.opts.ContentType == ContentProtobuf {
		return proto.Size(m), nil
	}
	data, err := marshal(m, b.opts.ContentType)
	return len(data), err
}

func (b *Bus) publish(ctx context.Context, env envelope, m proto.Message) error {
	msg, err := b.message(ctx, env, m)
	if err != nil {
		return err
	}
	if _, err := b.js.PublishMsg(ctx, msg); err != nil {
		return fmt.Errorf("publish on %s: %w", env.subject, err)
	}
	return nil
}

func (b *Bus) publishAsync(ctx context.Context, env envelope, m proto.Message) (jetstream.PubAckFuture, error) {
	msg, err := b.message(ctx, env, m)
	if err != nil {
		return nil, err
	}
	future, err := b.js.PublishMsgAsync(msg, jetstream.WithStallWait(stallWait))
	if err != nil {
		return nil, fmt.Errorf("publish on %s: %w", env.subject, err)
	}
	return future, nil
}

func (b *Bus) message(ctx context.Context, env envelope, m proto.Message) (*nats.Msg, error) {
	msg, err := encode(env, m, b.opts.ContentType)
	if err != nil {
		return nil, err
	}
	telemetry.Inject(ctx, msg.Header)
	return msg, nil
}
