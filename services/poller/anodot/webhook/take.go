package webhook

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/signalbox-io/signalbox/pkg/bus"
	"github.com/signalbox-io/signalbox/pkg/event"
	"github.com/signalbox-io/signalbox/pkg/poll"
)

// busTime is how long the bus may take to acknowledge. Who pushes does not
// wait for long, and can push again.
const busTime = 10 * time.Second

// redacted takes the place of a secret.
const redacted = "[redacted]"

// take publishes what the push holds and says what became of it.
func (r *Receiver) take(ctx context.Context, a *account, body []byte) answer {
	ctx, span := r.tracer.Start(ctx, "webhook "+a.source, trace.WithNewRoot(),
		trace.WithAttributes(attribute.String("signalbox.source", a.source)))
	defer span.End()
	ctx, cancel := context.WithTimeout(ctx, busTime)
	defer cancel()
	// A template that shows the channel's own address shows the secret.
	body = bytes.ReplaceAll(body, []byte(a.secret.Reveal()), []byte(redacted))
	batch, refusal := Convert(a.source, body, r.now())
	r.label(ctx, a, &batch)
	if refusal == nil && len(batch.Events) == 0 {
		refusal = refuse(batch)
	}
	published, err := r.publish(ctx, a, batch)
	if err != nil {
		r.logger.WarnContext(ctx, "a push is not on the bus; the vendor is asked to push again",
			slog.String("source", a.source), slog.Any("error", err))
		return answer{outcome: outcomeBusAway, code: http.StatusServiceUnavailable, text: "the bus is away; push again later"}
	}
	if refusal != nil {
		return answer{outcome: outcomeUnreadable, code: refusal.Code, text: refusal.Text}
	}
	return answer{outcome: outcomeOK, code: http.StatusOK, counts: counts{
		Published: published.Published, Duplicates: published.Duplicates, Rejected: len(batch.Rejected),
	}}
}

// label adds the source's own labels and rejects what no bus would take.
func (r *Receiver) label(ctx context.Context, a *account, batch *poll.Batch) {
	kept := batch.Events[:0]
	for _, e := range batch.Events {
		labels, failed := a.labels.Labels(e)
		for name, why := range failed {
			r.metrics.omitted.WithLabelValues(a.source, name).Inc()
			if times, isDue := r.notices.Due(r.now(), a.source+" "+name, 1); isDue {
				r.logger.WarnContext(ctx, "a label is left out of what was pushed",
					slog.String("source", a.source), slog.String("detail", why), slog.Int("times", times))
			}
		}
		if e.GetLabels() == nil {
			e.Labels = make(map[string]string, len(labels))
		}
		maps.Copy(e.GetLabels(), labels)
		if err := poll.Check(e); err != nil {
			batch.Reject("invalid_event", fmt.Sprintf("firing %.100s: %v", e.GetNativeId(), err), e.GetRaw())
			continue
		}
		kept = append(kept, e)
	}
	batch.Events = kept
}

// publish waits for the acknowledgement of every event and dead letter.
func (r *Receiver) publish(ctx context.Context, a *account, batch poll.Batch) (bus.PublishResult, error) {
	result, err := r.bus.PublishEvents(ctx, batch.Events)
	if err != nil {
		return result, err
	}
	r.metrics.events.WithLabelValues(a.source).Add(float64(result.Published))
	r.metrics.repeated.WithLabelValues(a.source, "on_stream").Add(float64(result.Duplicates))
	for _, rejected := range batch.Rejected {
		if err := r.bus.PublishDead(ctx, letter(a.source, rejected)); err != nil {
			return result, err
		}
		r.metrics.rejected.WithLabelValues(a.source, rejected.Reason).Inc()
		if times, isDue := r.notices.Due(r.now(), a.source+"/"+rejected.Reason, 1); isDue {
			r.logger.WarnContext(ctx, "what was pushed is no event; it is kept as a dead letter, `signalbox dead list` has it",
				slog.String("source", a.source), slog.String("detail", rejected.Detail), slog.Int("times", times))
		}
	}
	return result, nil
}

// letter gives what is rejected an identity, so that what is pushed again and
// again is kept once.
func letter(source string, rejected poll.Rejected) bus.DeadLetter {
	return bus.DeadLetter{
		Area: "webhook", Reason: rejected.Reason, Detail: source + ": " + rejected.Detail,
		ID:      event.Hash("dead", source, rejected.Reason, rejected.Record),
		Subject: source, Data: []byte(rejected.Record),
	}
}
