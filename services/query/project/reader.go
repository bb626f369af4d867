package project

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const (
	batchMessages = 500
	batchTime     = 50 * time.Millisecond
	idleTime      = 2 * time.Second
	// forgottenAfter is when the server drops the consumer of a reader that
	// did not close it.
	forgottenAfter = time.Minute
)

var errGap = errors.New("messages came out of order")

// reader reads a stream in order, without acknowledgements: the checkpoint
// remembers, not the server. It does not heal itself as an ordered consumer of
// the client does, because that waits and tries again where nobody can stop
// it; the loop opens another one.
type reader struct {
	stream   jetstream.Stream
	consumer jetstream.Consumer
	messages jetstream.MessagesContext
	release  func() bool
	// pendingAtStart is how many messages there were to read.
	pendingAtStart uint64
	// received counts the messages that came.
	received uint64
}

// openReader reads from the given sequence on. It ends with ctx.
func openReader(ctx context.Context, js jetstream.JetStream, stream string, from uint64) (*reader, error) {
	request, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	s, err := js.Stream(request, stream)
	if err != nil {
		return nil, fmt.Errorf("find stream: %w", err)
	}
	consumer, err := s.CreateConsumer(request, jetstream.ConsumerConfig{
		Description: "read model of the query service", AckPolicy: jetstream.AckNonePolicy,
		DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: from,
		MemoryStorage: true, Replicas: 1, InactiveThreshold: forgottenAfter,
	})
	if err != nil {
		return nil, fmt.Errorf("read stream from %d: %w", from, err)
	}
	messages, err := consumer.Messages(jetstream.PullMaxMessages(2 * batchMessages))
	if err != nil {
		return nil, fmt.Errorf("read stream from %d: %w", from, err)
	}
	return &reader{
		stream: s, consumer: consumer, messages: messages,
		release:        context.AfterFunc(ctx, messages.Stop),
		pendingAtStart: consumer.CachedInfo().NumPending,
	}, nil
}

// batch returns the next messages: as many as came until batchTime after the
// first, none if none came for idleTime.
func (r *reader) batch() ([]jetstream.Msg, error) {
	var batch []jetstream.Msg
	wait := idleTime
	var end time.Time
	for len(batch) < batchMessages && wait > 0 {
		msg, err := r.messages.Next(jetstream.NextMaxWait(wait))
		if errors.Is(err, nats.ErrTimeout) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("read the next message: %w", err)
		}
		if err := r.count(msg); err != nil {
			return nil, err
		}
		if len(batch) == 0 {
			end = time.Now().Add(batchTime)
		}
		batch = append(batch, msg)
		wait = time.Until(end)
	}
	return batch, nil
}

// count makes sure that no message was lost on the way.
func (r *reader) count(msg jetstream.Msg) error {
	metadata, err := msg.Metadata()
	if err != nil {
		return fmt.Errorf("read metadata of a message: %w", err)
	}
	r.received++
	if metadata.Sequence.Consumer != r.received {
		return fmt.Errorf("%w: delivery %d is the %dth", errGap, metadata.Sequence.Consumer, r.received)
	}
	return nil
}

// outstanding returns how many messages there are that did not come yet.
func (r *reader) outstanding(ctx context.Context) (uint64, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	info, err := r.consumer.Info(ctx)
	if err != nil {
		return 0, fmt.Errorf("ask after the consumer: %w", err)
	}
	return info.NumPending + info.Delivered.Consumer - r.received, nil
}

// close ends the reading and tells the server, if that is quickly done.
func (r *reader) close(ctx context.Context) {
	r.release()
	r.messages.Stop()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	// The server forgets the consumer by itself after forgottenAfter.
	_ = r.stream.DeleteConsumer(ctx, r.consumer.CachedInfo().Name)
}
