package backtest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Bounds of what is asked of the server.
const (
	feedMessages = 512
	feedBytes    = 8 << 20
	requestTime  = 5 * time.Second
	// messageTime is how long the next message may take.
	messageTime = 10 * time.Second
	// forgottenAfter is when the server drops a consumer that was not closed.
	forgottenAfter = time.Minute
)

var errGap = errors.New("messages came out of order")

// feed reads a stream from a time on, in order, up to what was its end when the
// feed was opened.
type feed struct {
	name     string
	stream   jetstream.Stream
	consumer jetstream.Consumer
	messages jetstream.MessagesContext
	stop     func() bool // forgets to end the messages with the context
	last     uint64      // sequence of the last message to read
	born     time.Time   // when the stream was created
	received uint64
	// pending is how many there were when it was opened.
	pending uint64
}

// message is one message with its place.
type message struct {
	jetstream.Msg

	sequence uint64
	stored   time.Time
}

// openFeed opens the stream; a zero from is its beginning.
func openFeed(ctx context.Context, js jetstream.JetStream, name string, from time.Time) (*feed, error) {
	request, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	stream, err := js.Stream(request, name)
	if err != nil {
		return nil, fmt.Errorf("find stream %s: %w", name, err)
	}
	config := jetstream.ConsumerConfig{
		Description: "backtest", AckPolicy: jetstream.AckNonePolicy, DeliverPolicy: jetstream.DeliverAllPolicy,
		MemoryStorage: true, Replicas: 1, InactiveThreshold: forgottenAfter,
	}
	if !from.IsZero() {
		config.DeliverPolicy, config.OptStartTime = jetstream.DeliverByStartTimePolicy, &from
	}
	info := stream.CachedInfo()
	f := &feed{name: name, stream: stream, last: info.State.LastSeq, born: info.Created}
	if f.consumer, err = stream.CreateConsumer(request, config); err != nil {
		return nil, fmt.Errorf("read stream %s: %w", name, err)
	}
	if f.pending = f.consumer.CachedInfo().NumPending; f.pending == 0 {
		return f, nil
	}
	// A request for less than one message never ends.
	most := max(feedBytes, 2*int(js.Conn().MaxPayload()))
	f.messages, err = f.consumer.Messages(jetstream.PullMaxMessagesWithBytesLimit(feedMessages, most))
	if err != nil {
		f.close(ctx)
		return nil, fmt.Errorf("read stream %s: %w", name, err)
	}
	f.stop = context.AfterFunc(ctx, f.messages.Stop)
	return f, nil
}

// next returns the next message, false at the end.
func (f *feed) next(ctx context.Context) (message, bool, error) {
	if f.messages == nil {
		return message{}, false, nil
	}
	msg, err := f.messages.Next(jetstream.NextMaxWait(messageTime))
	switch {
	case ctx.Err() != nil:
		return message{}, false, ctx.Err()
	case err != nil:
		return message{}, false, fmt.Errorf("read stream %s: %w", f.name, err)
	}
	metadata, err := msg.Metadata()
	if err != nil {
		return message{}, false, fmt.Errorf("read stream %s: %w", f.name, err)
	}
	if f.received++; metadata.Sequence.Consumer != f.received {
		return message{}, false, fmt.Errorf("read stream %s: %w", f.name, errGap)
	}
	m := message{Msg: msg, sequence: metadata.Sequence.Stream, stored: metadata.Timestamp}
	if metadata.NumPending == 0 || m.sequence >= f.last {
		f.end()
	}
	return m, m.sequence <= f.last, nil
}

// end ends the reading.
func (f *feed) end() {
	if f.messages != nil {
		f.stop()
		f.messages.Stop()
		f.messages = nil
	}
}

// close ends the reading and tells the server, if that is quickly done.
func (f *feed) close(ctx context.Context) {
	f.end()
	request, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	// The server forgets the consumer by itself after forgottenAfter.
	_ = f.stream.DeleteConsumer(request, f.consumer.CachedInfo().Name)
}
