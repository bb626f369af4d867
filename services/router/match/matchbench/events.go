package matchbench

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/event"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
)

// Sizes of the events: about 600 bytes on the wire.
const (
	eventCount   = 1024
	measureCount = 10
)

// vocabulary is what titles and the patterns of rules are made of. It is so
// small that half of it stands in each title: literals are found far more
// often than in real text.
const vocabulary = "errors latency checkout payment search basket login signup video mobile desktop tablet " +
	"europe america asia africa spike drop rate share clicks visits bots refunds"

func (k maker) words(n int) string {
	all := strings.Fields(vocabulary)
	words := make([]string, n)
	for i, at := range k.Perm(len(all))[:n] {
		words[i] = all[at]
	}
	return strings.Join(words, " ")
}

func (k maker) source() string { return fmt.Sprintf("source-%d", k.IntN(50)) }
func (k maker) site() string   { return fmt.Sprintf("site-%d", k.IntN(5000)) }
func (k maker) region() string { return fmt.Sprintf("region-%d", k.IntN(8)) }

func (k maker) severity() eventv1.Severity { return eventv1.Severity(1 + k.IntN(5)) }

// event returns an event with 11 labels and 10 measures.
func (k maker) event(i int) *eventv1.Event {
	at := timestamppb.New(time.Unix(1_767_225_600+int64(i), 0))
	e := &eventv1.Event{
		Id: event.Hash(strconv.Itoa(i)), Source: k.source(), Vendor: eventv1.Vendor_VENDOR_ANURA,
		NativeId: fmt.Sprint("row-", i), OccurredAt: at, ObservedAt: at, Entity: "site:" + k.site(), Url: fmt.Sprint("https://app.example.com/reports/rows/", i, "?view=detail"),
		Severity: k.severity(), Title: k.words(12),
		Labels: map[string]string{
			"campaign": fmt.Sprintf("campaign-%d", k.IntN(20_000)), "site": k.site(), "region": k.region(), "scope": hot,
			"env": "production", "team": fmt.Sprint("team-", k.IntN(30)), "device": fmt.Sprint("device-", k.IntN(4)),
			"os": fmt.Sprint("os-", k.IntN(6)), "browser": fmt.Sprint("browser-", k.IntN(9)),
			"country": fmt.Sprint("country-", k.IntN(40)), "plan": fmt.Sprint("plan-", k.IntN(3)),
		},
	}
	measures := map[string]float64{}
	for m := range measureCount {
		measures[fmt.Sprint("m", m)] = k.Float64()
	}
	e.Payload = &eventv1.Event_Traffic{Traffic: &eventv1.Traffic{WindowEnd: at, Measures: measures}}
	return e
}

// events returns events of which every second one is aimed at one of the
// rules, so that few rules are hit as often as many.
func events(rules []rule) []*eventv1.Event {
	k := newMaker()
	list := make([]*eventv1.Event, eventCount)
	for i := range list {
		list[i] = k.event(i)
		if r := rules[k.IntN(len(rules))]; i%2 == 0 && r.aim != nil {
			r.aim(list[i])
		}
	}
	return list
}
