package demo

import (
	"context"
	"log/slog"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/bus/busserver"
	"github.com/signalbox-io/signalbox/pkg/bus/bustest"
	"github.com/signalbox-io/signalbox/pkg/event"
	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	decisionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/decision/v1"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
)

// page takes what a narrator prints while others read it.
type page struct {
	mu   sync.Mutex
	text strings.Builder
}

func (p *page) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.Write(b)
}

var elapsed = regexp.MustCompile(`(?m)^ *\d+\.\ds  `)

// lines returns what was said, without the time.
func (p *page) lines() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Split(strings.TrimSuffix(elapsed.ReplaceAllString(p.text.String(), ""), "\n"), "\n")
}

// reachable returns a bus that plain subscribers reach on loopback.
func reachable(t *testing.T) *busserver.Server {
	t.Helper()
	server := busserver.New(busserver.Options{StoreDir: t.TempDir(), Listen: "127.0.0.1:0"}, slog.New(slog.DiscardHandler))
	require.NoError(t, server.Start(t.Context()))
	t.Cleanup(func() { require.NoError(t, server.Stop(context.Background())) })
	return server
}

func TestListener_TellsWhatIsPublished(t *testing.T) {
	t.Parallel()
	server := reachable(t)
	b := bustest.Connect(t, server)
	out := &page{}
	l, err := listen(server.URL(), newNarrator(out, false, false, time.Now()))
	require.NoError(t, err)
	t.Cleanup(l.close)

	var events []*eventv1.Event
	for _, native := range []string{"1", "2", "3"} {
		events = append(events, &eventv1.Event{
			Id: event.ID("website", native, ""), Source: "website", Vendor: eventv1.Vendor_VENDOR_ANALYTICS, NativeId: native,
			OccurredAt: timestamppb.Now(), Payload: &eventv1.Event_Traffic{Traffic: &eventv1.Traffic{}},
		})
	}
	_, err = b.PublishEvents(t.Context(), events)
	require.NoError(t, err)
	require.NoError(t, b.PublishDecision(t.Context(), &decisionv1.Decision{
		Id: "old", Outcome: decisionv1.Outcome_OUTCOME_LATE, Detail: "2h late",
	}))
	require.NoError(t, b.PublishDecision(t.Context(), &decisionv1.Decision{
		Id: "s", Rule: "cautious", Outcome: decisionv1.Outcome_OUTCOME_SHADOW,
	}))
	require.NoError(t, b.PublishDecision(t.Context(), &decisionv1.Decision{
		Id: "d", Rule: "quiet", Outcome: decisionv1.Outcome_OUTCOME_FIRED, Detail: "count 2 of 2",
	}))
	action := &actionv1.Action{Id: "a", Source: "anodot-prod", Type: "pause_alert", Target: "alert:a1"}
	for _, state := range []actionv1.State{actionv1.State_STATE_PENDING, actionv1.State_STATE_ATTEMPTING, actionv1.State_STATE_DONE} {
		action.State = state
		require.NoError(t, b.PublishAction(t.Context(), action))
	}
	until := time.Date(2026, 3, 1, 9, 0, 0, 0, time.Local)
	require.NoError(t, b.PublishLease(t.Context(), &actionv1.Lease{
		Id: "l", Source: "anodot-prod", Target: "alert:a1", State: actionv1.LeaseState_LEASE_STATE_ACTIVE, Until: timestamppb.New(until),
	}))
	require.NoError(t, b.PublishNotification(t.Context(), "signalbox.notify.bots", &actionv1.Action{Id: "n"}))

	want := []string{
		"event     website      traffic    3 new", // before the decision that they led to
		"decision  SHADOW         cautious",
		"decision  FIRED          quiet: count 2 of 2",
		"action    DONE           pause_alert alert:a1",
		"lease     ACTIVE         alert:a1 until 09:00:00",
		"notify    signalbox.notify.bots",
	}
	require.Eventually(t, func() bool { return len(out.lines()) == len(want) }, 90*time.Second, 5*time.Millisecond)
	require.Equal(t, want, out.lines())
	l.flush()
	require.Len(t, out.lines(), len(want), "what was told is not told again")
}

func TestListener_SurvivesWhatItCannotRead(t *testing.T) {
	t.Parallel()
	server := reachable(t)
	out := &page{}
	l, err := listen(server.URL(), newNarrator(out, false, false, time.Now()))
	require.NoError(t, err)
	t.Cleanup(l.close)
	nc, err := nats.Connect(server.URL())
	require.NoError(t, err)
	t.Cleanup(nc.Close)
	for _, sort := range []string{"event", "decision", "action", "lease"} {
		require.NoError(t, nc.Publish("signalbox."+sort+".x", []byte("garbage")))
	}
	unreadable := func() int { return strings.Count(strings.Join(out.lines(), "\n"), "unreadable: decode") }
	require.Eventually(t, func() bool { return unreadable() == 4 }, 90*time.Second, 5*time.Millisecond)
}

func TestListen_SaysWhereNobodyIs(t *testing.T) {
	t.Parallel()
	_, err := listen("nats://127.0.0.1:1", newNarrator(&page{}, false, false, time.Now()))
	require.ErrorContains(t, err, "subscribe at nats://127.0.0.1:1")
}
