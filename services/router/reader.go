package router

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/signalbox-io/signalbox/pkg/bus"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	"github.com/signalbox-io/signalbox/services/router/match"
)

// Bounds of what is read ahead of the decisions.
const (
	// batchMessages are judged before inputs have their turn; twice as many are on
	// their way at most, for acknowledgements come behind them on the same connection.
	batchMessages = 512
	// aheadMessages lets neither the loop nor the connection wait for the other where
	// the machine gives them its time in turns.
	aheadMessages = 2 * batchMessages
	aheadBytes    = 8 << 20
)

const (
	requestTime = 5 * time.Second
	// forgottenAfter is when the server drops the consumer of a reader that
	// did not close it.
	forgottenAfter = time.Minute
	pullExpiry     = 10 * time.Second
	pullHeartbeat  = 2 * time.Second
)

var errGap = errors.New("messages came out of order")

// item is one message as the loop takes it.
type item struct {
	msg      jetstream.Msg
	sequence uint64
	stored   time.Time
	// behind is how many messages followed it when it was delivered.
	behind uint64
	// event is nil where the message holds none, as fault says, and where it
	// holds one as protobuf: those the loop reads itself, to unmarshal only what
	// rules care for.
	event *eventv1.Event
	fault error
	// head is the event's, once the loop has judged it.
	head match.Header
}

// reader reads the events in order and without acknowledgements: the snapshot
// remembers, not the server. It does not heal itself as the client's own ordered
// consumer does, because that tries again where nobody can stop it: whatever
// goes wrong ends the reader, and the loop opens another one.
type reader struct {
	stream    jetstream.Stream
	consumer  jetstream.Consumer
	consuming jetstream.ConsumeContext
	received  uint64 // by the connection's goroutine only

	mu    sync.Mutex
	batch []item
	bytes int
	err   error

	ready chan struct{}   // something to take, or an error
	wake  <-chan struct{} // somebody else wants the loop's attention; may be nil
	space chan struct{}   // something was taken
	quit  chan struct{}
	// taken counts the messages that the loop took.
	taken uint64
}

// openReader reads from the given sequence on. maxMessage is the longest message
// that the server takes: a request for less than one message never ends. A token
// of wake ends a wait for messages.
func openReader(
	ctx context.Context, stream jetstream.Stream, from uint64, maxMessage int64, wake <-chan struct{},
) (*reader, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	consumer, err := stream.CreateConsumer(ctx, jetstream.ConsumerConfig{
		Description: "decisions of the router", AckPolicy: jetstream.AckNonePolicy,
		DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: from,
		MemoryStorage: true, Replicas: 1, InactiveThreshold: forgottenAfter,
	})
	if err != nil {
		return nil, fmt.Errorf("read the events from %d: %w", from, err)
	}
	r := &reader{
		stream: stream, consumer: consumer, wake: wake,
		ready: make(chan struct{}, 1), space: make(chan struct{}, 1), quit: make(chan struct{}),
	}
	r.consuming, err = consumer.Consume(r.accept,
		jetstream.PullMaxMessagesWithBytesLimit(2*batchMessages, max(aheadBytes, 2*int(maxMessage))),
		jetstream.PullExpiry(pullExpiry), jetstream.PullHeartbeat(pullHeartbeat),
		jetstream.ConsumeErrHandler(func(_ jetstream.ConsumeContext, err error) { r.fail(err) }))
	if err != nil {
		return nil, fmt.Errorf("read the events from %d: %w", from, err)
	}
	return r, nil
}

// accept takes one message over from the connection. It waits while there is
// enough to judge.
func (r *reader) accept(msg jetstream.Msg) {
	metadata, err := msg.Metadata()
	if err != nil {
		r.fail(fmt.Errorf("read metadata of a message: %w", err))
		return
	}
	if r.received++; metadata.Sequence.Consumer != r.received {
		r.fail(fmt.Errorf("%w: delivery %d is the %dth", errGap, metadata.Sequence.Consumer, r.received))
		return
	}
	it := item{msg: msg, sequence: metadata.Sequence.Stream, stored: metadata.Timestamp, behind: metadata.NumPending}
	if !bus.IsProtobuf(msg.Headers()) {
		it.event, it.fault = bus.DecodeEvent(msg.Headers(), msg.Data())
	}
	for !r.add(it) {
		select {
		case <-r.space:
		case <-r.quit:
			return
		}
	}
	signal(r.ready)
}

// add reports false if there is no place.
func (r *reader) add(it item) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.batch) >= aheadMessages || r.bytes >= aheadBytes {
		return false
	}
	if r.err == nil { // what comes after a fault may not be what is next
		r.batch = append(r.batch, it)
		r.bytes += len(it.msg.Data())
	}
	return true
}

func (r *reader) fail(err error) {
	r.mu.Lock()
	if r.err == nil {
		r.err = err
	}
	r.mu.Unlock()
	signal(r.ready)
}

// take returns the messages that came, into the space of those it returned
// before; none if none comes within wait or before ctx ends or somebody wakes the
// reader. What came before
// a fault is returned before the fault is.
func (r *reader) take(ctx context.Context, wait time.Duration, space []item) ([]item, error) {
	clear(space) // lets go of the messages
	items, err := r.swap(space)
	if len(items) > 0 || err != nil || wait <= 0 {
		return items, err
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-r.ready:
	case <-r.wake:
	case <-timer.C:
	case <-ctx.Done():
	}
	return r.swap(items)
}

func (r *reader) swap(space []item) ([]item, error) {
	r.mu.Lock()
	items := r.batch
	if len(items) == 0 {
		err := r.err
		r.mu.Unlock()
		if err != nil {
			err = fmt.Errorf("read the events: %w", err)
		}
		return space[:0], err
	}
	r.batch, r.bytes = space[:0], 0
	r.mu.Unlock()
	r.taken += uint64(len(items))
	signal(r.space)
	return items, nil
}

// hasAll reports whether every message that is on the stream has been taken.
func (r *reader) hasAll(ctx context.Context) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	info, err := r.consumer.Info(ctx)
	if err != nil {
		return false, fmt.Errorf("ask after the router's consumer: %w", err)
	}
	return info.NumPending == 0 && info.Delivered.Consumer == r.taken, nil
}

// close ends the reading and tells the server, if that is quickly done.
func (r *reader) close(ctx context.Context) {
	close(r.quit)
	r.consuming.Stop()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	// The server forgets the consumer by itself after forgottenAfter.
	_ = r.stream.DeleteConsumer(ctx, r.consumer.CachedInfo().Name)
}

// signal leaves a token; one that lies there already is enough.
func signal(tokens chan struct{}) {
	select {
	case tokens <- struct{}{}:
	default:
	}
}
