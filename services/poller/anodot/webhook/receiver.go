package webhook

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/signalbox-io/signalbox/pkg/bus"
	"github.com/signalbox-io/signalbox/pkg/config"
	"github.com/signalbox-io/signalbox/pkg/poll"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
)

// Path is what the secret follows.
const Path = "/hooks/anodot/"

// Bus is where events and dead letters go. [bus.Bus] is one.
type Bus interface {
	PublishEvents(ctx context.Context, events []*eventv1.Event) (bus.PublishResult, error)
	PublishDead(ctx context.Context, letter bus.DeadLetter) error
}

// Receiver takes pushes between Start and Stop. It is safe for concurrent use.
type Receiver struct {
	accounts []*account
	bus      Bus
	logger   *slog.Logger
	metrics  *metrics
	tracer   trace.Tracer
	notices  poll.Notices
	room     room
	now      func() time.Time
}

// New returns a receiver of the pushes to those of the sources that have a
// webhook. Sources without one cost nothing.
func New(sources []config.Source, process poll.Process, now func() time.Time) (*Receiver, error) {
	m, err := newMetrics(process.Registerer)
	if err != nil {
		return nil, err
	}
	if process.Tracer == nil {
		process.Tracer = noop.NewTracerProvider()
	}
	r := &Receiver{
		bus: process.Bus, logger: process.Logger, metrics: m, now: now,
		tracer: process.Tracer.Tracer("github.com/signalbox-io/signalbox/services/poller/anodot/webhook"),
	}
	for _, source := range sources {
		if source.Vendor != eventv1.Vendor_VENDOR_ANODOT || source.Anodot.WebhookSecret.IsEmpty() {
			continue
		}
		a, err := newAccount(source, now())
		if err != nil {
			return nil, err
		}
		r.accounts = append(r.accounts, a)
	}
	return r, nil
}

// Start begins to take pushes; before, they are asked to come again.
func (r *Receiver) Start(context.Context) error {
	r.room.open()
	return nil
}

// Stop takes no more pushes and waits for those under way until ctx ends.
func (r *Receiver) Stop(ctx context.Context) error { return r.room.close(ctx) }

// ServeHTTP answers one push.
func (r *Receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	began := r.now()
	a := r.account(strings.TrimPrefix(req.URL.Path, Path))
	said := r.answer(w, req, a)
	said.write(w)
	r.metrics.count(a.name(), said.outcome, r.now().Sub(began))
}

// answer goes from what is cheap to find out to what is dear.
func (r *Receiver) answer(w http.ResponseWriter, req *http.Request, a *account) answer {
	switch {
	case a == nil:
		return answer{outcome: outcomeUnknown, code: http.StatusNotFound, text: "nothing is served here"}
	case req.Method != http.MethodPost:
		return answer{outcome: outcomeMethod, code: http.StatusMethodNotAllowed, text: "use POST"}
	case !a.rate.take(r.now()):
		return answer{outcome: outcomeTooOften, code: http.StatusTooManyRequests, text: "pushed too often; push again later"}
	case !r.room.enter():
		return answer{outcome: outcomeBusy, code: http.StatusServiceUnavailable, text: "not now; push again later"}
	}
	defer r.room.leave()
	body, refusal := readBody(w, req)
	if refusal != nil {
		return *refusal
	}
	return r.take(req.Context(), a, body)
}
