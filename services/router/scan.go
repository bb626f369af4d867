package router

import (
	"context"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/signalbox-io/signalbox/pkg/bus"
)

// idSet holds the ids of messages.
type idSet map[string]struct{}

func (s idSet) has(id string) bool {
	_, ok := s[id]
	return ok
}

// scanTime is how long the next message of a scan may take.
const scanTime = 10 * time.Second

// decisionsSince returns the ids of the decisions after the position and the
// position of the last of them. Of a stream that is not the position's own,
// all are returned. look, which may be nil, is shown each of them whole.
func decisionsSince(
	ctx context.Context, js jetstream.JetStream, after position, look func(jetstream.Msg),
) (idSet, position, error) {
	ids := idSet{}
	stream, err := findStream(ctx, js, bus.StreamDecisions)
	if err != nil {
		return nil, after, err
	}
	info := stream.CachedInfo()
	if !after.Created.Equal(info.Created) || after.Sequence > info.State.LastSeq {
		after = position{Created: info.Created}
	}
	config := jetstream.ConsumerConfig{OptStartSeq: after.Sequence + 1, HeadersOnly: look == nil}
	err = scan(ctx, stream, config, func(msg jetstream.Msg) {
		ids[msg.Headers().Get(nats.MsgIdHdr)] = struct{}{}
		if look != nil {
			look(msg)
		}
	})
	if err != nil {
		return nil, after, fmt.Errorf("read the decisions after %d: %w", after.Sequence, err)
	}
	after.Sequence = max(after.Sequence, info.State.LastSeq)
	return ids, after, nil
}

// lettersOfRouter returns the ids of the router's dead letters.
func lettersOfRouter(ctx context.Context, js jetstream.JetStream) (idSet, error) {
	ids := idSet{}
	stream, err := findStream(ctx, js, bus.StreamDead)
	if err != nil {
		return nil, err
	}
	config := jetstream.ConsumerConfig{
		FilterSubject: "signalbox.dead." + deadArea + ".>", OptStartSeq: 1, HeadersOnly: true,
	}
	err = scan(ctx, stream, config, func(msg jetstream.Msg) {
		ids[msg.Headers().Get(nats.MsgIdHdr)] = struct{}{}
	})
	if err != nil {
		return nil, fmt.Errorf("read the router's dead letters: %w", err)
	}
	return ids, nil
}

func findStream(ctx context.Context, js jetstream.JetStream, name string) (jetstream.Stream, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	stream, err := js.Stream(ctx, name)
	if err != nil {
		return nil, fmt.Errorf("find stream %s: %w", name, err)
	}
	return stream, nil
}

// scan shows what is on the stream from the config's sequence on, or from its time.
func scan(
	ctx context.Context, stream jetstream.Stream, config jetstream.ConsumerConfig, visit func(jetstream.Msg),
) error {
	config.Description = "router looking back"
	config.AckPolicy, config.DeliverPolicy = jetstream.AckNonePolicy, jetstream.DeliverByStartSequencePolicy
	if config.OptStartTime != nil {
		config.DeliverPolicy = jetstream.DeliverByStartTimePolicy
	}
	config.MemoryStorage, config.Replicas = true, 1
	config.InactiveThreshold = forgottenAfter
	request, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	consumer, err := stream.CreateConsumer(request, config)
	if err != nil {
		return err
	}
	defer func() {
		request, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		_ = stream.DeleteConsumer(request, consumer.CachedInfo().Name)
	}()
	if consumer.CachedInfo().NumPending == 0 {
		return nil
	}
	messages, err := consumer.Messages(jetstream.PullMaxMessages(batchMessages))
	if err != nil {
		return err
	}
	defer messages.Stop()
	defer context.AfterFunc(ctx, messages.Stop)()
	return visitAll(messages, visit)
}

func visitAll(messages jetstream.MessagesContext, visit func(jetstream.Msg)) error {
	for received := uint64(1); ; received++ {
		msg, err := messages.Next(jetstream.NextMaxWait(scanTime))
		if err != nil {
			return err
		}
		metadata, err := msg.Metadata()
		if err != nil {
			return err
		}
		if metadata.Sequence.Consumer != received {
			return errGap
		}
		visit(msg)
		if metadata.NumPending == 0 {
			return nil
		}
	}
}
