package bus

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Options are how the bus is reached.
type Options struct {
	// URL of the server; unused with Server.
	URL string
	// Server gives in-process connections to an embedded server, nil to use
	// URL. It is asked again on each reconnect.
	Server nats.InProcessConnProvider
	// CredentialsFile of the account, or "".
	CredentialsFile string
	// Name by which the server knows this connection.
	Name string
	// Replicas is the number of copies of each stream; 0 means 1.
	Replicas int
	// RequestTime is how long a request may take whose context has no deadline; 0
	// means 5s.
	RequestTime time.Duration
	// ContentType of what is published: ContentProtobuf (default) or
	// ContentJSON. Reading takes both.
	ContentType string
	// Limits are how much streams keep, by their names; one that is not named
	// keeps 90 days, or what the server has been told.
	Limits map[string]Limits
	// OnLoss is told of each part that was missing beside others and has been
	// created empty. May be nil.
	OnLoss func(part string)
	// OnError is told of each error that the server or the connection reports beside a
	// call, by a word: slow_consumer, for messages that came faster than they were
	// read and are dropped, permission, limit or other. May be nil.
	OnError func(reason string)
	// OnState is told when the connection is lost (the error) and when it is
	// back (nil). May be nil.
	OnState func(error)
}

// Bus is a connection to NATS JetStream with Signalbox's streams on it. It is
// safe for concurrent use after Start; the accessors are nil before.
type Bus struct {
	opts   Options
	logger *slog.Logger
	young  time.Duration

	nc        *nats.Conn
	js        jetstream.JetStream
	cursors   jetstream.KeyValue
	sources   jetstream.KeyValue
	pollers   jetstream.KeyValue
	alerts    jetstream.KeyValue
	ledger    jetstream.KeyValue
	leases    jetstream.KeyValue
	snapshots jetstream.ObjectStore
	rules     jetstream.ObjectStore

	mu     sync.Mutex
	again  *time.Timer // prepares a server that came back unready once more
	closed bool
}

const (
	reconnectWait  = 250 * time.Millisecond
	reconnectNoise = 250 * time.Millisecond
	retryEnsure    = 500 * time.Millisecond
	attemptTime    = 5 * time.Second
	// stallWait is how long an asynchronous publish may wait for a place in
	// the window before it gives up.
	stallWait = 5 * time.Second
	// ackWait is how long it waits for its acknowledgement.
	ackWait = 30 * time.Second
	// asyncWindow bounds what is published and not acknowledged.
	asyncWindow = 512
)

// New returns a bus that is not connected.
func New(opts Options, logger *slog.Logger) *Bus {
	if opts.Replicas == 0 {
		opts.Replicas = 1
	}
	if opts.RequestTime == 0 {
		opts.RequestTime = attemptTime
	}
	if opts.ContentType == "" {
		opts.ContentType = ContentProtobuf
	}
	if opts.OnState == nil {
		opts.OnState = func(error) {}
	}
	if opts.OnLoss == nil {
		opts.OnLoss = func(string) {}
	}
	if opts.OnError == nil {
		opts.OnError = func(string) {}
	}
	return &Bus{opts: opts, logger: logger, young: young}
}

// Start connects and creates the streams and buckets that are missing. It
// waits for the server until ctx ends, and says so while it waits.
func (b *Bus) Start(ctx context.Context) error {
	nc, err := nats.Connect(b.opts.URL, b.connectOptions()...)
	if err != nil {
		return fmt.Errorf("connect to the bus at %s: %w", b.where(), err)
	}
	js, err := jetstream.New(nc, jetstream.WithDefaultTimeout(b.opts.RequestTime),
		jetstream.WithPublishAsyncMaxPending(asyncWindow), jetstream.WithPublishAsyncTimeout(ackWait))
	if err != nil {
		nc.Close()
		return fmt.Errorf("open JetStream at %s: %w", b.where(), err)
	}
	b.nc = nc
	if err := b.prepare(ctx, js); err != nil {
		nc.Close()
		return err
	}
	b.opts.OnState(nil)
	return nil
}

// prepare creates what is missing. A reconnection meanwhile is not restored
// beside it.
func (b *Bus) prepare(ctx context.Context, js jetstream.JetStream) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.js = js
	return b.ensureUntil(ctx)
}

// ensureUntil tries ensure until it works or ctx ends.
func (b *Bus) ensureUntil(ctx context.Context) error {
	for waited := false; ; waited = true {
		attempt, cancel := context.WithTimeout(ctx, attemptTime)
		err := b.ensure(attempt)
		cancel()
		if err == nil {
			return nil
		}
		if cause := b.nc.LastError(); cause != nil && !b.nc.IsConnected() {
			err = fmt.Errorf("%w: %w", err, cause)
		}
		b.opts.OnState(err)
		if !waited {
			b.logger.WarnContext(ctx, "bus is not ready, waiting for it", slog.String("bus", b.where()), slog.Any("error", err))
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("prepare the bus at %s: %w", b.where(), errors.Join(err, ctx.Err()))
		case <-time.After(retryEnsure):
		}
	}
}

// Stop sends what is buffered and closes the connection. It is harmless on a
// bus that was not started or is stopped already.
func (b *Bus) Stop(ctx context.Context) error {
	if b.nc == nil || b.nc.IsClosed() {
		return nil
	}
	b.mu.Lock()
	b.closed = true
	if b.again != nil {
		b.again.Stop()
	}
	b.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, attemptTime)
	defer cancel()
	err := b.nc.FlushWithContext(ctx)
	b.nc.Close()
	if errors.Is(err, nats.ErrConnectionClosed) || errors.Is(err, context.DeadlineExceeded) {
		return nil // the server is gone; nothing is left to send
	}
	return err
}

func (b *Bus) connectOptions() []nats.Option {
	options := []nats.Option{
		nats.Name(b.opts.Name),
		nats.RetryOnFailedConnect(true),
		nats.MaxReconnects(-1),
		nats.ReconnectWait(reconnectWait),
		nats.ReconnectJitter(reconnectNoise, reconnectNoise),
		nats.ErrorHandler(b.onError),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err == nil {
				err = nats.ErrDisconnected
			}
			b.opts.OnState(fmt.Errorf("bus at %s: %w", b.where(), err))
		}),
		nats.ReconnectHandler(func(*nats.Conn) { b.restore() }),
	}
	if b.opts.Server != nil {
		options = append(options, nats.InProcessServer(b.opts.Server))
	}
	if b.opts.CredentialsFile != "" {
		options = append(options, nats.UserCredentials(b.opts.CredentialsFile))
	}
	return options
}

// restore prepares a server that is back: it may have lost its store. Until
// that works the bus counts as lost.
func (b *Bus) restore() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.js == nil || b.closed || !b.nc.IsConnected() {
		return // Start prepares it, nobody needs it any more, or it is gone again
	}
	ctx, cancel := context.WithTimeout(context.Background(), attemptTime)
	defer cancel()
	err := b.create(ctx)
	if err == nil {
		b.opts.OnState(nil)
		return
	}
	b.opts.OnState(fmt.Errorf("prepare the bus at %s, which is back: %w", b.where(), err))
	b.again = time.AfterFunc(retryEnsure, b.restore)
}

func (b *Bus) onError(_ *nats.Conn, sub *nats.Subscription, err error) {
	subject := ""
	if sub != nil {
		subject = sub.Subject
	}
	reason := reasonOf(err)
	b.opts.OnError(reason)
	b.logger.Warn("bus reports an error",
		slog.String("reason", reason), slog.String("subject", subject), slog.Any("error", err))
}

// reasonOf is the word for an error that no call returns.
func reasonOf(err error) string {
	switch {
	case errors.Is(err, nats.ErrSlowConsumer):
		return "slow_consumer"
	case errors.Is(err, nats.ErrPermissionViolation), errors.Is(err, nats.ErrAuthorization):
		return "permission"
	case errors.Is(err, nats.ErrMaxPayload), errors.Is(err, nats.ErrMaxConnectionsExceeded), errors.Is(err, nats.ErrMaxSubscriptionsExceeded):
		return "limit"
	default:
		return "other"
	}
}

// where names the bus without credentials.
func (b *Bus) where() string {
	if b.opts.Server != nil {
		return "the embedded server"
	}
	return redactURL(b.opts.URL)
}

// Conn returns the NATS connection.
func (b *Bus) Conn() *nats.Conn { return b.nc }

// JetStream returns the JetStream context.
func (b *Bus) JetStream() jetstream.JetStream { return b.js }

// Cursors returns the bucket of the pollers' cursors.
func (b *Bus) Cursors() jetstream.KeyValue { return b.cursors }

// Sources returns the bucket of the sources' states.
func (b *Bus) Sources() jetstream.KeyValue { return b.sources }

// Pollers returns the bucket of which process polls each source.
func (b *Bus) Pollers() jetstream.KeyValue { return b.pollers }

// Alerts returns the bucket of what is known of the sources' alerts.
func (b *Bus) Alerts() jetstream.KeyValue { return b.alerts }

// Ledger returns the bucket of the actions as they stand.
func (b *Bus) Ledger() jetstream.KeyValue { return b.ledger }

// Leases returns the bucket of the leases as they stand.
func (b *Bus) Leases() jetstream.KeyValue { return b.leases }

// Snapshots returns the object store of the router's snapshots.
func (b *Bus) Snapshots() jetstream.ObjectStore { return b.snapshots }

// Rules returns the object store of the rule sets that have decided.
func (b *Bus) Rules() jetstream.ObjectStore { return b.rules }
