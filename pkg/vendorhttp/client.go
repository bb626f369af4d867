package vendorhttp

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/sony/gobreaker/v2"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

const (
	defaultTimeout   = 30 * time.Second
	defaultMaxAnswer = 8 << 20
)

// Options configure one account's client.
type Options struct {
	// Vendor is the vendor's name as metrics write it.
	Vendor string
	// Source is the account's configured name.
	Source string
	// BaseURL is put before every request's path, without a slash at its end.
	BaseURL string
	// Timeout of one request, its answer read; 0 means 30 seconds.
	Timeout time.Duration
	// MaxAnswer is the longest answer that is read, in bytes; 0 means 8 MiB.
	MaxAnswer int64
	// Budgets are the account's rate limits by class.
	Budgets []Budget
	// DataDir is where budgets are kept across restarts; "" keeps them in
	// memory only.
	DataDir string
	// InFlight is how many requests may be under way at a time, a quarter of
	// them, rounded down, for urgent ones alone; 0 is no limit.
	InFlight int
	// Redactor knows the account's secrets.
	Redactor *Redactor
	// Classify reads an answer whose status is not 2xx; nil means [ByStatus].
	Classify func(Answer) *Error
	// Observe sees every answer, before it is judged, and returns until when
	// the account must stay quiet; nil or the zero time change nothing.
	Observe func(Answer) time.Time
	// Left is told, in the context of a request, which share of its budgets is free
	// once it has taken its own, from 0 to 1; nil tells nobody.
	Left func(ctx context.Context, share float64)
	// Dial opens connections to the vendor; nil is the network.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Logger takes changes of the breaker and repeated tries.
	Logger *slog.Logger
	// Metrics count the calls.
	Metrics *Metrics
}

// Client calls one vendor account. It is safe for concurrent use; Close it.
type Client struct {
	opts      Options
	base      *url.URL
	transport *http.Transport
	limiter   *limiter
	breaker   *gobreaker.CircuitBreaker[Answer]
	// lastFailure is what the breaker counted last; nil before the first.
	lastFailure atomic.Pointer[Error]
	// slots are held by requests under way, others besides by those that are
	// not urgent.
	slots, others chan struct{}
	// files is held by who reads a file.
	files chan struct{}
	// host names the client in metrics of its breaker and in files of its
	// budgets: the source, or a sibling of it.
	host     string
	siblings []*Client
}

// New returns the client of an account. It does no I/O: budgets are read with
// Open or with the first call.
func New(opts Options) (*Client, error) {
	return newClient(opts, opts.Source)
}

func newClient(opts Options, host string) (*Client, error) {
	base, err := url.Parse(opts.BaseURL)
	if err != nil || base.Host == "" {
		return nil, fmt.Errorf("source %s: base_url is no URL with a host", host)
	}
	opts.Timeout = cmp.Or(opts.Timeout, defaultTimeout)
	opts.MaxAnswer = cmp.Or(opts.MaxAnswer, defaultMaxAnswer)
	if opts.Redactor == nil {
		opts.Redactor = NewRedactor()
	}
	if opts.Classify == nil {
		opts.Classify = ByStatus
	}
	c := &Client{
		opts:      opts,
		base:      base,
		transport: newTransport(opts),
		limiter:   newLimiter(opts.DataDir, host, opts.Budgets),
		files:     make(chan struct{}, 1),
		host:      host,
	}
	if opts.InFlight > 0 {
		c.slots = make(chan struct{}, opts.InFlight)
		c.others = make(chan struct{}, opts.InFlight-opts.InFlight/4)
	}
	c.breaker = c.newBreaker()
	return c, nil
}

// Sibling returns the client of another host of the same account: with budgets
// and a breaker of its own, so that trouble at one host stops no call to the
// other, and with the same secrets, logs and metrics. It opens and closes with
// c. It is called before the first request.
func (c *Client) Sibling(name, baseURL string, budgets []Budget) (*Client, error) {
	opts := c.opts
	opts.BaseURL, opts.Budgets = baseURL, budgets
	sibling, err := newClient(opts, c.host+"."+name)
	if err != nil {
		return nil, err
	}
	c.siblings = append(c.siblings, sibling)
	return sibling, nil
}

// Open reads the budgets of an earlier process.
func (c *Client) Open() error {
	for _, sibling := range c.siblings {
		if err := sibling.Open(); err != nil {
			return err
		}
	}
	c.limiter.mu.Lock()
	defer c.limiter.mu.Unlock()
	return c.limiter.open()
}

// Close releases connections and files. Requests under way fail or finish.
func (c *Client) Close() error {
	var errs []error
	for _, sibling := range c.siblings {
		errs = append(errs, sibling.Close())
	}
	c.transport.CloseIdleConnections()
	return errors.Join(append(errs, c.limiter.close())...)
}

// Redactor returns the account's redactor.
func (c *Client) Redactor() *Redactor { return c.opts.Redactor }

// Do makes the request within the context's deadline and returns the answer,
// whose status is 2xx. The error, if any, is an [*Error].
func (c *Client) Do(ctx context.Context, req Request) (Answer, error) {
	ctx, span := c.tracer(ctx).Start(ctx, "vendor "+req.Operation, trace.WithSpanKind(trace.SpanKindClient), c.asSpan())
	defer span.End()
	answer, err := c.queue(ctx, req)
	if err != nil {
		failure := c.finishError(req, err)
		span.SetStatus(codes.Error, failure.Kind.String())
		return Answer{}, failure
	}
	return answer, nil
}

func (c *Client) tracer(ctx context.Context) trace.Tracer {
	return trace.SpanFromContext(ctx).TracerProvider().Tracer("signalbox/vendorhttp")
}

// asSpan says of a span whose account it is about, and nothing of the request.
func (c *Client) asSpan() trace.SpanStartOption {
	return trace.WithAttributes(
		attribute.String("signalbox.vendor", c.opts.Vendor),
		attribute.String("signalbox.source", c.opts.Source),
	)
}

// queue keeps to the limit of requests under way. The slot is held over
// repeated tries, so that a slow account is not asked twice at once.
func (c *Client) queue(ctx context.Context, req Request) (Answer, error) {
	if c.slots == nil {
		return c.retry(ctx, req)
	}
	if !req.Urgent {
		if err := c.takeSlot(ctx, c.others); err != nil {
			return Answer{}, c.count(req, err)
		}
		defer func() { <-c.others }()
	}
	if err := c.takeSlot(ctx, c.slots); err != nil {
		return Answer{}, c.count(req, err)
	}
	defer func() { <-c.slots }()
	return c.retry(ctx, req)
}

// takeSlot waits for the account's other requests no longer than the deadline
// leaves time for a request afterwards: one that begins later would be given
// up while the vendor is still working on it.
func (c *Client) takeSlot(ctx context.Context, slots chan<- struct{}) error {
	select {
	case slots <- struct{}{}:
		return nil
	default:
	}
	var late <-chan time.Time
	if deadline, ok := ctx.Deadline(); ok {
		timer := time.NewTimer(time.Until(deadline) - c.opts.Timeout)
		defer timer.Stop()
		late = timer.C
	}
	select {
	case slots <- struct{}{}:
		return nil
	case <-late:
		return Errorf(RateLimited, "the account's other requests are still under way, "+
			"and after them the caller's deadline leaves less than the %s of a request", c.opts.Timeout)
	case <-ctx.Done():
		return ContextError(ctx, "waited for the account's other requests")
	}
}

func (c *Client) finishError(req Request, err error) *Error {
	failure, ok := errors.AsType[*Error](err)
	if !ok {
		failure = &Error{Kind: Unavailable, Detail: err.Error()}
	}
	scrubbed := *failure
	scrubbed.Operation, scrubbed.Source = req.Operation, c.opts.Source
	scrubbed.Detail = c.opts.Redactor.Extract(failure.Detail)
	return &scrubbed
}

// ContextError returns what the end of the context means to a call that has
// changed nothing: the caller gave up, or its deadline is over.
func ContextError(ctx context.Context, what string) *Error {
	if errors.Is(ctx.Err(), context.Canceled) {
		return Errorf(Cancelled, "%s until the caller gave up", what)
	}
	return Errorf(Deadline, "%s until the caller's deadline", what)
}
