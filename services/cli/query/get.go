package query

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/signalbox-io/signalbox/pkg/event"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	queryv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/query/v1"
	"github.com/signalbox-io/signalbox/services/cli/client"
	"github.com/signalbox-io/signalbox/services/cli/text"
)

func newEventGet() *cobra.Command {
	var f flags
	command := &cobra.Command{
		Use:   "get ID",
		Short: "Show one event with everything it carries",
		Long:  `Show one event with everything it carries. Its id is in events list.`,
		Example: `  signalbox events get 5v2mj3q6x7k4w5e2r3t4y5u6i7
  signalbox events get 5v2mj3q6x7k4w5e2r3t4y5u6i7 --output json | jq .`,
		Args: cobra.ExactArgs(1),
		RunE: func(command *cobra.Command, args []string) error {
			if err := f.check(); err != nil {
				return err
			}
			return withClient(f, func(c *client.Client) error { return get(command, c, f, args[0]) })
		},
	}
	f.connection(command)
	return command
}

func get(command *cobra.Command, c *client.Client, f flags, id string) error {
	ctx, cancel := c.Bound(command.Context())
	defer cancel()
	answer, err := queryv1.NewQueryServiceClient(c.Conn()).GetEvent(ctx, &queryv1.GetEventRequest{Id: id})
	if err != nil {
		return fmt.Errorf("get event: %w", c.Explain(command.Context(), err))
	}
	out := command.OutOrStdout()
	if f.output == outputJSON {
		return jsonLine(out, answer.GetEvent())
	}
	return describe(answer.GetEvent()).print(out)
}

// facts are what is said about a record, in order.
type facts []fact

type fact struct{ name, value string }

// say adds a fact; a record without a value says nothing.
func (f *facts) say(name, value string) {
	if value != "" {
		*f = append(*f, fact{name: text.Line(name), value: text.Line(value)})
	}
}

// print writes one fact a line.
func (f *facts) print(out io.Writer) error {
	width := 0
	for _, one := range *f {
		width = max(width, utf8.RuneCountInString(one.name))
	}
	var lines strings.Builder
	for _, one := range *f {
		fmt.Fprintf(&lines, "%-*s  %s\n", width, one.name, one.value)
	}
	if _, err := io.WriteString(out, lines.String()); err != nil {
		return fmt.Errorf("print the event: %w", err)
	}
	return nil
}

// describe returns what an event says.
func describe(e *eventv1.Event) *facts {
	f := &facts{}
	f.say("id", e.GetId())
	f.say("source", e.GetSource())
	f.say("vendor", event.VendorName(e.GetVendor()))
	f.say("native id", e.GetNativeId())
	f.say("occurred at", moment(e.GetOccurredAt()))
	f.say("observed at", moment(e.GetObservedAt()))
	f.say("entity", e.GetEntity())
	f.say("severity", event.SeverityName(e.GetSeverity()))
	f.say("title", e.GetTitle())
	f.say("url", e.GetUrl())
	f.say("kind", string(event.KindOf(e)))
	f.payload(e)
	for _, name := range slices.Sorted(maps.Keys(e.GetLabels())) {
		f.say("label "+name, e.GetLabels()[name])
	}
	f.say("raw", e.GetRaw())
	return f
}

func (f *facts) payload(e *eventv1.Event) {
	switch payload := e.GetPayload().(type) {
	case *eventv1.Event_Anomaly:
		f.anomaly(payload.Anomaly)
	case *eventv1.Event_Feedback:
		said := payload.Feedback
		f.say("verdict", word(said.GetVerdict(), "VERDICT_"))
		f.say("user", said.GetUser())
		f.say("comment", said.GetComment())
		f.say("alert id", said.GetAlertId())
		f.say("alert title", said.GetAlertTitle())
		f.say("anomaly id", said.GetAnomalyId())
	case *eventv1.Event_Traffic:
		f.say("window start", moment(payload.Traffic.GetWindowStart()))
		f.say("window end", moment(payload.Traffic.GetWindowEnd()))
		for _, name := range slices.Sorted(maps.Keys(payload.Traffic.GetMeasures())) {
			f.say("measure "+name, number(payload.Traffic.GetMeasures()[name]))
		}
	}
}

func (f *facts) anomaly(a *eventv1.Anomaly) {
	f.say("metric", a.GetMetric())
	f.say("value", number(a.GetValue()))
	if a.ExpectedLower != nil {
		f.say("expected from", number(a.GetExpectedLower()))
	}
	if a.ExpectedUpper != nil {
		f.say("expected to", number(a.GetExpectedUpper()))
	}
	f.say("score", number(a.GetScore()))
	f.say("phase", word(a.GetPhase(), "PHASE_"))
	f.say("direction", word(a.GetDirection(), "DIRECTION_"))
	f.say("detector", a.GetDetector())
	f.say("alert id", a.GetAlertId())
	f.say("anomaly id", a.GetAnomalyId())
	f.say("started at", moment(a.GetStartedAt()))
	f.say("ended at", moment(a.GetEndedAt()))
}

func number(f float64) string { return strconv.FormatFloat(f, 'g', -1, 64) }
