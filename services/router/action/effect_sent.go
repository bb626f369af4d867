package action

import (
	"context"
	"fmt"
	"strings"

	"google.golang.org/grpc/codes"

	"github.com/signalbox-io/signalbox/pkg/bus"
	"github.com/signalbox-io/signalbox/pkg/rpc"
	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	anodotv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anodot/v1"
	securereporterv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/securereporter/v1"
)

// sentEffect returns what an action asks for of which nothing can be read back, nil
// for any other.
func (x *Executor) sentEffect(a *actionv1.Action) *effect {
	switch o := a.GetOperation().(type) {
	case *actionv1.Action_Publish:
		return x.publish(a, o.Publish)
	case *actionv1.Action_SendMetrics:
		return x.sendMetrics(a.GetSource(), o.SendMetrics)
	case *actionv1.Action_MailReport:
		return x.mailReport(a.GetSource(), o.MailReport)
	default:
		return nil
	}
}

// publish may be repeated: subscribers know a second message by its CloudEvents id.
func (x *Executor) publish(a *actionv1.Action, o *actionv1.Publish) *effect {
	subject := Subject(x.opts.SubjectPrefix, o.GetSubject())
	return &effect{
		did: fmt.Sprintf(detailPublished, subject), repeats: true,
		ask: func(ctx context.Context) (string, error) {
			ctx, cancel := context.WithTimeout(ctx, x.opts.CallTimeout)
			defer cancel()
			return "", x.notifier.PublishNotification(ctx, subject, a)
		},
	}
}

// sendMetrics may repeat a sample of a gauge: its time is in the record before the
// first attempt, so it is the same sample. Those of a counter are added up.
func (x *Executor) sendMetrics(source string, o *actionv1.SendMetrics) *effect {
	sample := &anodotv1.Sample{
		Properties: o.GetProperties(), Value: o.GetValue(), Timestamp: o.GetTimestamp(),
		TargetType: anodotv1.TargetType_TARGET_TYPE_GAUGE,
	}
	isCounter := o.GetTargetType() == "counter"
	if isCounter {
		sample.TargetType = anodotv1.TargetType_TARGET_TYPE_COUNTER
	}
	return &effect{
		did: detailSent, repeats: !isCounter,
		ask: func(ctx context.Context) (string, error) {
			return "", x.onAnodot(ctx, source, func(ctx context.Context, client anodotv1.AnodotServiceClient) error {
				response, err := client.SendMetrics(ctx, &anodotv1.SendMetricsRequest{
					Source: source, Samples: []*anodotv1.Sample{sample},
				})
				if err != nil || len(response.GetErrors()) == 0 {
					return err
				}
				return notTaken(response.GetErrors()[0])
			})
		},
	}
}

// notTaken is the error of a sample that the vendor says it did not take.
func notTaken(e *anodotv1.SampleError) error {
	code, reason := codes.InvalidArgument, rpc.ReasonRefusedByVendor
	if e.GetRetryable() {
		code, reason = codes.ResourceExhausted, rpc.ReasonRateLimited
	}
	return rpc.Error(code, reason, nil, "the vendor did not take the sample: %s (%s)", e.GetDescription(), e.GetCode())
}

// mailReport is never repeated where the mail may have gone out.
func (x *Executor) mailReport(source string, o *actionv1.MailReport) *effect {
	return &effect{
		did: detailMailed,
		ask: func(ctx context.Context) (string, error) {
			return "", x.onReporter(ctx, source, func(ctx context.Context, client securereporterv1.SecureReporterServiceClient) error {
				_, err := client.MailReport(ctx, &securereporterv1.MailReportRequest{
					Source: source, Report: o.GetReport(), Parameters: o.GetForm(),
				})
				return err
			})
		},
	}
}

// Subject returns the subject below prefix on which a rule's text is published:
// dots separate tokens, everything that no token holds is escaped.
func Subject(prefix, text string) string {
	tokens := strings.Split(text, ".")
	for i, token := range tokens {
		tokens[i] = bus.Token(token)
	}
	return prefix + "." + strings.Join(tokens, ".")
}
