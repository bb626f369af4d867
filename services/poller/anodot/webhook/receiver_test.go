package webhook_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/signalbox-io/signalbox/pkg/bus"
	"github.com/signalbox-io/signalbox/pkg/bus/bustest"
	"github.com/signalbox-io/signalbox/pkg/config"
	"github.com/signalbox-io/signalbox/pkg/poll"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	"github.com/signalbox-io/signalbox/services/poller/anodot/webhook"
)

const secret = "not-to-be-seen-anywhere-0123456789"

// spans keeps what a tracer would send away.
type spans struct {
	mu   sync.Mutex
	text []string
}

func (s *spans) ExportSpans(_ context.Context, ended []sdktrace.ReadOnlySpan) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, span := range ended {
		s.text = append(s.text, fmt.Sprint(span.Name(), span.Attributes(), span.Events(), span.Status()))
	}
	return nil
}

func (s *spans) Shutdown(context.Context) error { return nil }

// bench is a receiver of one account behind an HTTP server.
type bench struct {
	receiver *webhook.Receiver
	bus      *bus.Bus
	registry *prometheus.Registry
	log      *bytes.Buffer
	spans    *spans
	url      string
	clock    atomic.Int64
}

func (b *bench) now() time.Time { return time.UnixMilli(b.clock.Load()) }

// newBench starts a receiver; edit may change what it works with.
func newBench(t *testing.T, edit func(*poll.Process), configure ...func(*config.Source)) *bench {
	t.Helper()
	b := &bench{bus: bustest.New(t), registry: prometheus.NewPedanticRegistry(), log: &bytes.Buffer{}, spans: &spans{}}
	b.clock.Store(observed().UnixMilli())
	process := poll.Process{
		Bus: b.bus, Registerer: b.registry, Tracer: sdktrace.NewTracerProvider(sdktrace.WithSyncer(b.spans)),
		Logger: slog.New(slog.NewTextHandler(b.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	if edit != nil {
		edit(&process)
	}
	source := config.Source{
		Name: account, Vendor: eventv1.Vendor_VENDOR_ANODOT, Labels: map[string]string{"site": `event.severity == HIGH ? "shop" : ""`},
		Anodot: config.Anodot{WebhookSecret: config.NewSecret(secret)},
	}
	for _, f := range configure {
		f(&source)
	}
	var err error
	b.receiver, err = webhook.New([]config.Source{{Name: "anura", Vendor: eventv1.Vendor_VENDOR_ANURA}, source}, process, b.now)
	require.NoError(t, err)
	require.NoError(t, b.receiver.Start(t.Context()))
	server := httptest.NewServer(b.receiver)
	t.Cleanup(server.Close)
	b.url = server.URL + webhook.Path + secret
	return b
}

// push returns the status and the body of the answer.
func (b *bench) push(t *testing.T, method, url, body string) (int, string) {
	t.Helper()
	code, text, err := try(t.Context(), method, url, body)
	require.NoError(t, err)
	return code, text
}

func try(ctx context.Context, method, url, body string) (int, string, error) {
	req, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	transport := &http.Transport{DisableKeepAlives: true}
	res, err := transport.RoundTrip(req)
	if err != nil {
		return 0, "", err
	}
	text, err := io.ReadAll(res.Body)
	return res.StatusCode, strings.TrimSpace(string(text)), errors.Join(err, res.Body.Close())
}

// background posts without waiting; the status comes by the channel, 0 for an
// answer that did not come.
func (b *bench) background(t *testing.T, got chan<- int) {
	t.Helper()
	ctx, body := t.Context(), string(read(t, "standard"))
	go func() {
		code, _, _ := try(ctx, http.MethodPost, b.url, body)
		got <- code
	}()
}

func (b *bench) post(t *testing.T, body string) (int, string) {
	t.Helper()
	return b.push(t, http.MethodPost, b.url, body)
}

// count is what the metric of pushes says of an outcome.
func (b *bench) count(t *testing.T, source, outcome string) float64 {
	t.Helper()
	return b.counter(t, "signalbox_webhook_pushes_total", source, outcome)
}

// counter is what a metric says of a source, by its other label.
func (b *bench) counter(t *testing.T, name, source, word string) float64 {
	t.Helper()
	families, err := b.registry.Gather()
	require.NoError(t, err)
	for _, family := range families {
		if family.GetName() != name {
			continue
		}
		for _, m := range family.GetMetric() {
			if m.GetLabel()[0].GetValue() == word && m.GetLabel()[1].GetValue() == source {
				return m.GetCounter().GetValue()
			}
		}
	}
	return 0
}

// sum is what a metric says of all.
func (b *bench) sum(t *testing.T, name string) float64 {
	t.Helper()
	families, err := b.registry.Gather()
	require.NoError(t, err)
	sum := 0.0
	for _, family := range families {
		for _, m := range family.GetMetric() {
			if family.GetName() == name {
				sum += m.GetCounter().GetValue()
			}
		}
	}
	return sum
}

func (b *bench) stored(t *testing.T, stream string) uint64 {
	t.Helper()
	s, err := b.bus.JetStream().Stream(t.Context(), stream)
	require.NoError(t, err)
	return s.CachedInfo().State.Msgs
}

func TestPush_IsOnTheStreamWhenItIsAnswered(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	heard, err := b.bus.Conn().SubscribeSync(bus.AllEvents)
	require.NoError(t, err)

	code, body := b.post(t, string(read(t, "standard")))
	require.Equal(t, http.StatusOK, code, body)
	require.JSONEq(t, `{"published":1,"duplicates":0,"rejected":0}`, body)
	require.Equal(t, uint64(1), b.stored(t, bus.StreamEvents))
	msg, err := heard.NextMsgWithContext(t.Context())
	require.NoError(t, err)
	require.Equal(t, "signalbox.event.anomaly.anodot.anodot-prod.high", msg.Subject)
	e, err := bus.DecodeEvent(msg.Header, msg.Data)
	require.NoError(t, err)
	require.Equal(t, "shop", e.GetLabels()["site"], "the source's own labels are added")
	require.NotEmpty(t, msg.Header["traceparent"])
}

// The bound is for the fastest of fifty: a machine that does much else holds many up,
// and what waits where it need not holds up each.
func TestPush_IsOnTheStreamWithinATenthOfASecond(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	var took []time.Duration
	for n := range 50 {
		began := time.Now()
		code, body := b.post(t, strings.ReplaceAll(string(read(t, "standard")), "e23c1f0a7b9d4c6f8a51", strconv.Itoa(n)))
		took = append(took, time.Since(began))
		require.Equal(t, http.StatusOK, code, body)
	}
	slices.Sort(took)
	require.Equal(t, uint64(50), b.stored(t, bus.StreamEvents))
	require.Less(t, took[0], 100*time.Millisecond)
	t.Log("median", took[len(took)/2])
}

func TestPush_AgainChangesNothing(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	for range 3 {
		code, _ := b.post(t, string(read(t, "standard")))
		require.Equal(t, http.StatusOK, code)
		b.clock.Add(1000)
	}
	code, body := b.post(t, string(read(t, "extended")))
	require.Equal(t, http.StatusOK, code)
	require.JSONEq(t, `{"published":1,"duplicates":1,"rejected":1}`, body, "the end is new, the opening is not")
	require.Equal(t, uint64(2), b.stored(t, bus.StreamEvents))

	_, _ = b.post(t, string(read(t, "extended")))
	require.Equal(t, uint64(1), b.stored(t, bus.StreamDead), "what is rejected again and again is kept once")

	require.InDelta(t, 5, b.counter(t, "signalbox_webhook_records_repeated_total", account, "on_stream"), 0)
}

func TestPush_ThatCannotBeReadIsKeptAndRefused(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	code, body := b.post(t, `{"half": "a `+secret)
	require.Equal(t, http.StatusBadRequest, code)
	require.Contains(t, body, "no JSON object")
	code, body = b.post(t, `{"alerts": [{"title": "x"}]}`)
	require.Equal(t, http.StatusUnprocessableEntity, code)
	require.Contains(t, body, "names no alert configuration")

	code, body = b.post(t, `{"startTimeEpoch":1,"anomalyId":"g","alerts":[{"alertId":"`+strings.Repeat("x", 2000)+`"}]}`)
	require.Equal(t, http.StatusUnprocessableEntity, code)
	require.Contains(t, body, "too long")

	stream, err := b.bus.JetStream().Stream(t.Context(), bus.StreamDead)
	require.NoError(t, err)
	letter, err := stream.GetMsg(t.Context(), 1)
	require.NoError(t, err)
	require.Equal(t, "signalbox.dead.webhook.unreadable", letter.Subject)
	require.True(t, strings.HasSuffix(string(letter.Data), "a [redacted]"), "%s", letter.Data)
	letter, err = stream.GetMsg(t.Context(), 2)
	require.NoError(t, err)
	require.Equal(t, "signalbox.dead.webhook.no_alert_id", letter.Subject)
	letter, err = stream.GetMsg(t.Context(), 3)
	require.NoError(t, err)
	require.Equal(t, "signalbox.dead.webhook.invalid_event", letter.Subject)
	require.Zero(t, b.stored(t, bus.StreamEvents))
	require.InDelta(t, 3, b.count(t, account, "unreadable"), 0)
}

func TestPush_WithoutTheSecretIsNotServed(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	base := strings.TrimSuffix(b.url, secret)
	for _, guess := range []string{"", "x", secret[1:], secret + "x", secret + "/", strings.ToUpper(secret), "../anodot/" + secret + "/x"} {
		code, body := b.push(t, http.MethodPost, base+guess, string(read(t, "standard")))
		require.Equal(t, http.StatusNotFound, code, guess)
		require.NotContains(t, body, "secret")
	}
	code, _ := b.push(t, http.MethodGet, b.url, "")
	require.Equal(t, http.StatusMethodNotAllowed, code)
	require.Zero(t, b.stored(t, bus.StreamEvents))
	require.InDelta(t, 7, b.count(t, "", "unknown_secret"), 0)
	require.InDelta(t, 1, b.count(t, account, "method"), 0)
}

func TestPush_TooLargeOrCutOffIsRefused(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	code, _ := b.post(t, `{"alerts":"`+strings.Repeat("x", 512<<10)+`"}`)
	require.Equal(t, http.StatusRequestEntityTooLarge, code)

	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(strings.Split(b.url, webhook.Path)[0], "http://"))
	require.NoError(t, err)
	_, err = io.WriteString(conn, "POST "+webhook.Path+secret+" HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf")
	require.NoError(t, err)
	require.NoError(t, conn.(*net.TCPConn).CloseWrite())
	answer, err := io.ReadAll(conn)
	require.NoError(t, err)
	require.Contains(t, string(answer), "400 Bad Request")
	require.NoError(t, conn.Close())
	require.Zero(t, b.stored(t, bus.StreamDead))
}

func TestPush_OfManyScrapsIsOneDeadLetter(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	scraps := make([]string, 5000)
	for n := range scraps {
		scraps[n] = strconv.Itoa(n)
	}
	code, body := b.post(t, `{"alerts":[`+strings.Join(scraps, ",")+`]}`)
	require.Equal(t, http.StatusUnprocessableEntity, code, body)
	require.Equal(t, uint64(1), b.stored(t, bus.StreamDead))
}

func TestPush_TooOftenIsHeldOffAndComesThroughLater(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	code := http.StatusOK
	pushes := 0
	for ; code == http.StatusOK; pushes++ {
		code, _ = b.post(t, string(read(t, "standard")))
		require.Less(t, pushes, 1000)
	}
	require.Equal(t, http.StatusTooManyRequests, code)
	require.Equal(t, 201, pushes)
	b.clock.Add(100)
	code, _ = b.post(t, string(read(t, "standard")))
	require.Equal(t, http.StatusOK, code)
}

func TestPush_OutsideStartAndStopIsAskedToComeAgain(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	require.NoError(t, b.receiver.Stop(t.Context()))
	require.NoError(t, b.receiver.Stop(t.Context()), "stopping twice does nothing")
	code, _ := b.post(t, string(read(t, "standard")))
	require.Equal(t, http.StatusServiceUnavailable, code)
	require.NoError(t, b.receiver.Start(t.Context()))
	code, _ = b.post(t, string(read(t, "standard")))
	require.Equal(t, http.StatusOK, code)
}

// held is a bus that lets a publish wait, then fails it.
type held struct {
	poll.Bus

	entered chan struct{}
	release chan struct{}
}

func (h *held) PublishEvents(ctx context.Context, _ []*eventv1.Event) (bus.PublishResult, error) {
	if _, ok := ctx.Deadline(); !ok {
		return bus.PublishResult{}, nil // a test that waits for 503 fails
	}
	h.entered <- struct{}{}
	<-h.release
	return bus.PublishResult{}, errors.New("no acknowledgement")
}

func TestPush_ThatTheBusDoesNotTakeIsAskedToComeAgain(t *testing.T) {
	t.Parallel()
	h := &held{entered: make(chan struct{}), release: make(chan struct{})}
	b := newBench(t, func(p *poll.Process) { h.Bus, p.Bus = p.Bus, h })
	got := make(chan int)
	b.background(t, got)
	<-h.entered
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorContains(t, b.receiver.Stop(ctx), "pushes under way", "who is inside is waited for")
	close(h.release)
	require.Equal(t, http.StatusServiceUnavailable, <-got)
	require.Contains(t, b.log.String(), "not on the bus")
}

// What is pushed while the server is gone is not taken, and says when to come again;
// when it is back, it is.
func TestPush_WhileTheServerIsGoneIsTakenLater(t *testing.T) {
	t.Parallel()
	server := bustest.NewServer(t)
	connected := bustest.Connect(t, server)
	b := newBench(t, func(p *poll.Process) { p.Bus = connected })
	require.NoError(t, server.Stop(t.Context()))
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, b.url, bytes.NewReader(read(t, "standard")))
	require.NoError(t, err)
	res, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(req)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, http.StatusServiceUnavailable, res.StatusCode)
	after, err := strconv.Atoi(res.Header.Get("Retry-After"))
	require.NoError(t, err)
	require.Positive(t, after)
	require.InDelta(t, 1, b.count(t, account, "bus_away"), 0)
	require.Zero(t, b.sum(t, "signalbox_webhook_events_published_total"))

	require.NoError(t, server.Start(t.Context()))
	require.Eventually(t, func() bool {
		code, body := b.post(t, string(read(t, "standard")))
		return code == http.StatusOK && strings.Contains(body, `"published":1`) != strings.Contains(body, `"duplicates":1`)
	}, 30*time.Second, 100*time.Millisecond)
}

// Whatever is pushed and taken is published, on the stream already, or a dead letter,
// and each is counted: in the answers, and in the metrics.
func TestAccount_NothingThatIsPushedIsDroppedSilently(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	standard, extended := string(read(t, "standard")), string(read(t, "extended"))
	pushed, answered := 0, 0
	for _, body := range []string{
		standard, standard, extended, strings.ReplaceAll(standard, `"open"`, `"UPDATE"`), extended,
		`{"alerts":[7]}`, `{"alerts":[]}`, `no JSON`, // refused, and kept
	} {
		batch, _ := webhook.Convert(account, []byte(body), b.now())
		pushed += len(batch.Events) + len(batch.Rejected)
		code, text := b.post(t, body)
		var counts struct{ Published, Duplicates, Rejected int }
		require.NoError(t, json.Unmarshal([]byte(text), &counts))
		if code != http.StatusOK {
			counts.Rejected = len(batch.Rejected)
		}
		answered += counts.Published + counts.Duplicates + counts.Rejected
	}
	published := b.sum(t, "signalbox_webhook_events_published_total")
	repeated := b.sum(t, "signalbox_webhook_records_repeated_total")
	rejected := b.sum(t, "signalbox_webhook_records_rejected_total")
	require.Equal(t, pushed, answered)
	require.InDelta(t, pushed, published+repeated+rejected, 0)
	require.InDelta(t, b.stored(t, bus.StreamEvents), published, 0)
	require.InDelta(t, 3, published, 0, "an opening, an update and an end")
	require.InDelta(t, 5, rejected, 0)
	require.Equal(t, uint64(4), b.stored(t, bus.StreamDead), "the same one twice")
}

// A label that fails for each push is told of once, with what to mend.
func TestPush_TellsWhyALabelIsLeftOut(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil, func(s *config.Source) { s.Labels["broken"] = "labels.nowhere" })
	for range 3 {
		code, _ := b.post(t, string(read(t, "standard")))
		require.Equal(t, http.StatusOK, code)
	}
	require.Equal(t, 1, strings.Count(b.log.String(), "a label is left out"))
	require.Contains(t, b.log.String(), "labels.broken: `labels.nowhere`: nowhere is absent")
}

func TestPush_OnlySoManyAreTakenAtOnce(t *testing.T) {
	t.Parallel()
	h := &held{entered: make(chan struct{}), release: make(chan struct{})}
	b := newBench(t, func(p *poll.Process) { h.Bus, p.Bus = p.Bus, h })
	got := make(chan int)
	for range 16 {
		b.background(t, got)
		<-h.entered
	}
	code, body := b.post(t, string(read(t, "standard")))
	require.Equal(t, http.StatusServiceUnavailable, code)
	require.Contains(t, body, "not now")
	require.InDelta(t, 1, b.count(t, account, "busy"), 0)
	close(h.release)
	for range 16 {
		<-got
	}
}

func TestSecret_IsNowhere(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	address := strconv.Quote("https://signalbox.example.com" + webhook.Path + secret)
	var shown strings.Builder
	for _, body := range []string{
		`{"startTimeEpoch":1,"alertGroupId":"g","investigationUrl":` + address + `,"alerts":[{"alertId":"a","title":` + address + `}]}`,
		`{"alerts":[{"title":` + address + `}]}`, address, "{",
	} {
		_, answer := b.post(t, body)
		shown.WriteString(answer)
	}
	require.Len(t, b.spans.text, 4)
	shown.WriteString(strings.Join(b.spans.text, "") + b.log.String())
	families, err := b.registry.Gather()
	require.NoError(t, err)
	for _, family := range families {
		shown.WriteString(family.String())
	}
	for name, messages := range map[string]uint64{bus.StreamEvents: 1, bus.StreamDead: 3} {
		stream, err := b.bus.JetStream().Stream(t.Context(), name)
		require.NoError(t, err)
		for seq := range messages {
			msg, err := stream.GetMsg(t.Context(), seq+1)
			require.NoError(t, err)
			fmt.Fprint(&shown, msg.Subject, msg.Header, string(msg.Data))
		}
	}
	require.Contains(t, shown.String(), "[redacted]")
	require.NotContains(t, shown.String(), secret)
}
