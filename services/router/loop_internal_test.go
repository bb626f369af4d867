package router

import (
	"context"
	"errors"
	"log/slog"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/bus"
	"github.com/signalbox-io/signalbox/pkg/bus/bustest"
	"github.com/signalbox-io/signalbox/pkg/config"
	"github.com/signalbox-io/signalbox/pkg/health"
	"github.com/signalbox-io/signalbox/pkg/rpc"
	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	decisionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/decision/v1"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	"github.com/signalbox-io/signalbox/services/router/engine"
	"github.com/signalbox-io/signalbox/services/router/ledger"
	"github.com/signalbox-io/signalbox/services/router/rule"
)

// numbered is a message at a place in the deliveries of a consumer.
type numbered struct {
	jetstream.Msg
	delivery uint64
}

func (m numbered) Metadata() (*jetstream.MsgMetadata, error) {
	return &jetstream.MsgMetadata{Sequence: jetstream.SequencePair{Consumer: m.delivery, Stream: m.delivery}}, nil
}
func (numbered) Headers() nats.Header { return nil }
func (numbered) Data() []byte         { return nil }

func newReader() *reader {
	return &reader{ready: make(chan struct{}, 1), space: make(chan struct{}, 1), quit: make(chan struct{})}
}

// Without acknowledgements a message that got lost on the way shows only in the
// numbers of the deliveries.
func TestReader_EndsAtAGap(t *testing.T) {
	t.Parallel()
	for name, deliveries := range map[string][]uint64{"lost": {1, 2, 4}, "doubled": {1, 2, 2}, "first lost": {2}} {
		r := newReader()
		for _, n := range deliveries {
			r.accept(numbered{delivery: n})
		}
		items, _ := r.take(t.Context(), 0, nil)
		require.Len(t, items, len(deliveries)-1, name)
		_, err := r.take(t.Context(), 0, nil)
		require.ErrorIs(t, err, errGap, name)
	}
}

// bucketed is a router on a real bus that is not started.
func bucketed(t *testing.T) *Router {
	t.Helper()
	files := []rule.File{{Name: "rules.yaml", Data: []byte(waits)}}
	set, err := rule.Load(files, rule.Catalog{})
	require.NoError(t, err)
	logger := slog.New(slog.DiscardHandler)
	dialer := rpc.NewDialer(logger)
	t.Cleanup(func() { require.NoError(t, dialer.Stop(context.Background())) })
	r, err := New(Options{
		Config: config.Config{Engine: config.Engine{MaxLateness: time.Hour}}, Bus: bustest.New(t), Dialer: dialer,
		Health: health.New().Component("router", health.KindService), Registerer: prometheus.NewRegistry(), Logger: logger,
		FlushTime: time.Minute,
	}, &Rules{Set: set, files: files})
	require.NoError(t, err)
	r.loop.engine = engine.New(set, r.loop.settings)
	return r
}

const waits = `
rules:
  - name: watch
    mode: shadow
    on: [anomaly]
    given: [{on: traffic, key: [event.entity], within: 15m, wait: 2m}]
`

func waiting(at time.Time) engine.Input {
	return engine.Input{Sequence: 1, Time: at, Event: &eventv1.Event{
		Id: "a", Source: "s", Entity: "x", OccurredAt: timestamppb.New(at), ObservedAt: timestamppb.New(at),
		Payload: &eventv1.Event_Anomaly{Anomaly: &eventv1.Anomaly{}},
	}}
}

// A message may still be stored with a time a moment before the server's.
func TestAdvance_LeavesAMarginToTheServersClock(t *testing.T) {
	t.Parallel()
	r := bucketed(t)
	l, at := r.loop, time.Now().Truncate(time.Second)
	l.engine.Event(waiting(at))
	due := at.Add(2 * time.Minute)
	require.NoError(t, l.advance(t.Context(), due.Add(clockMargin-1)))
	require.Equal(t, 1, l.engine.Stats().Waiting)
	require.GreaterOrEqual(t, clockMargin, 100*time.Millisecond)
	require.NoError(t, l.advance(t.Context(), due.Add(clockMargin)))
	require.Zero(t, l.engine.Stats().Waiting)
}

// What a former process decided while a judgement waited is known until that
// judgement is made.
func TestForget_WaitsForWhatWaits(t *testing.T) {
	t.Parallel()
	r := bucketed(t)
	l, at := r.loop, time.Now()
	l.engine.Event(waiting(at))
	l.outbox.known, l.hasCaughtUp = idSet{"d": {}}, true
	l.replayedAt = at.Add(3 * time.Minute)
	l.forget()
	require.NotNil(t, l.outbox.known, "the judgement was due when the stream was read")
	l.replayedAt = at.Add(time.Minute)
	l.forget()
	require.Nil(t, l.outbox.known, "a judgement that is due later was made by nobody")
}

func TestSnapshot_KeepsItsDoubt(t *testing.T) {
	t.Parallel()
	r := bucketed(t)
	l := r.loop
	l.doubt = stateDoubt
	l.snapshot(t.Context())
	l.stored(t.Context(), true)
	require.Positive(t, l.snapshotSize)
	s, err := loadSnapshot(t.Context(), l.bus.Snapshots())
	require.NoError(t, err)
	after := func(s snapshot) doubt {
		require.NoError(t, l.goOn(t.Context(), s))
		return l.doubt
	}
	require.Equal(t, stateDoubt, after(s), "the process that goes over history was killed")
	s.Doubt = noDoubt
	require.Equal(t, noDoubt, after(s))
	s.RuleSet = "another"
	require.Equal(t, rulesDoubt, after(s), "the rules that decided are not kept")
	first, err := unmarshalSnapshot([]byte(`{"format":1,"rule_set":"v"}` + "\nstate"))
	require.NoError(t, err, "the first format is read")
	require.Equal(t, "v", first.RuleSet)
}

func decision(id string) *decisionv1.Decision {
	return &decisionv1.Decision{Id: id, Rule: "watch", EventId: "a", Sequence: 1, Time: timestamppb.Now(), Outcome: decisionv1.Outcome_OUTCOME_FIRED}
}

// The stream forgets ids. Who publishes long after the first attempt must look
// first whether that one arrived.
func TestOutbox_LooksBeforeItPublishesLongAfterwards(t *testing.T) {
	t.Parallel()
	r := bucketed(t)
	js := r.opts.Bus.JetStream()
	stream, err := js.Stream(t.Context(), bus.StreamDecisions)
	require.NoError(t, err)
	cfg := stream.CachedInfo().Config
	cfg.Duplicates = 100 * time.Millisecond
	_, err = js.UpdateStream(t.Context(), cfg)
	require.NoError(t, err)
	d := decision("d")
	publish := func() uint64 {
		future, err := r.opts.Bus.PublishDecisionAsync(t.Context(), d)
		require.NoError(t, err)
		return (<-future.Ok()).Sequence
	}
	first := publish()
	require.Eventually(t, func() bool { return publish() > first }, 90*time.Second, 20*time.Millisecond)
	before, err := stream.Info(t.Context())
	require.NoError(t, err)
	// The id is remembered for a moment by what was just published.
	require.Eventually(t, func() bool {
		future, err := r.opts.Bus.PublishDecisionAsync(t.Context(), decision("other"))
		require.NoError(t, err)
		return (<-future.Ok()).Sequence > before.State.LastSeq+1
	}, 90*time.Second, 200*time.Millisecond)
	before, err = stream.Info(t.Context())
	require.NoError(t, err)

	require.NoError(t, r.loop.outbox.again(t.Context(), letter{decision: d, sent: time.Now().Add(-2 * trustedFor)}))
	after, err := stream.Info(t.Context())
	require.NoError(t, err)
	require.Equal(t, before.State.LastSeq, after.State.LastSeq)
}

// A position beyond the stream's end is not the stream's: it was restored from
// an older copy, and what it holds is unknown.
func TestDecisionsSince_APositionBeyondTheEndIsAnotherStreams(t *testing.T) {
	t.Parallel()
	r := bucketed(t)
	js := r.opts.Bus.JetStream()
	future, err := r.opts.Bus.PublishDecisionAsync(t.Context(), decision("d"))
	require.NoError(t, err)
	<-future.Ok()
	stream, err := js.Stream(t.Context(), bus.StreamDecisions)
	require.NoError(t, err)
	ids, end, err := decisionsSince(t.Context(), js, position{Sequence: 500, Created: stream.CachedInfo().Created}, nil)
	require.NoError(t, err)
	require.Equal(t, idSet{"d": {}}, ids)
	require.EqualValues(t, 1, end.Sequence)
}

func TestPurge_RemovesWhatIsOverForLong(t *testing.T) {
	t.Parallel()
	r := bucketed(t)
	r.purgeEvery = 10 * time.Millisecond
	put := func(id string, age time.Duration) {
		value, err := proto.Marshal(&actionv1.Action{
			Id: id, State: actionv1.State_STATE_DONE, UpdatedAt: timestamppb.New(time.Now().Add(-age)),
		})
		require.NoError(t, err)
		_, err = r.opts.Bus.Ledger().Put(t.Context(), id, value)
		require.NoError(t, err)
	}
	put("old", ledger.Retention+time.Hour)
	put("young", ledger.Retention-time.Hour)
	require.NoError(t, r.Start(t.Context()))
	require.Eventually(t, func() bool {
		_, err := r.opts.Bus.Ledger().Get(t.Context(), "old")
		return err != nil
	}, 90*time.Second, 10*time.Millisecond)
	require.NoError(t, r.Stop(t.Context()))
	_, err := r.opts.Bus.Ledger().Get(t.Context(), "young")
	require.NoError(t, err)
}

func TestHistory_KnowsWhatIsOver(t *testing.T) {
	t.Parallel()
	d := func(sequence uint64, name string) *decisionv1.Decision {
		return &decisionv1.Decision{Sequence: sequence, Rule: name, EventId: "a"}
	}
	h := history{until: 10, judged: idSet{judgedBy(d(0, "one")): {}}}
	require.True(t, h.holds(d(3, "two"), 10), "decided in the midst of history")
	require.True(t, h.holds(d(3, "one"), 11), "what waited was decided")
	require.False(t, h.holds(d(3, "two"), 11), "what waits was not")
	require.False(t, h.holds(d(11, "one"), 11))
	h.isLost = true
	require.True(t, h.holds(d(3, "two"), 11), "nobody knows what waited")
	require.False(t, (&history{}).holds(d(1, "one"), 1))
}

// Decisions about another stream, or about events that are gone from its end, do
// not make history of what comes in their place.
func TestHistorian_LooksOnlyAtWhatCanBeAboutTheStream(t *testing.T) {
	t.Parallel()
	r := bucketed(t)
	for _, sequence := range []uint64{0, 3, 7} {
		d := decision(strconv.FormatUint(sequence, 10))
		d.Sequence = sequence
		future, err := r.opts.Bus.PublishDecisionAsync(t.Context(), d)
		require.NoError(t, err)
		<-future.Ok()
	}
	last := func(created time.Time, end uint64) *decisionv1.Decision {
		h := &historian{version: "v", other: idSet{}, stream: &jetstream.StreamInfo{
			Created: created, State: jetstream.StreamState{LastSeq: end},
		}}
		_, _, err := decisionsSince(t.Context(), r.opts.Bus.JetStream(), position{}, h.look)
		require.NoError(t, err)
		return h.last
	}
	past, future := time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	require.EqualValues(t, 7, last(past, 7).GetSequence())
	require.EqualValues(t, 3, last(past, 6).GetSequence())
	require.Nil(t, last(past, 2))
	require.Nil(t, last(future, 7))
}

func TestBrief_CutsForeignTexts(t *testing.T) {
	t.Parallel()
	require.Equal(t, "short", brief(errors.New("short")))
	require.Equal(t, strings.Repeat("ж", 150)+"…", brief(errors.New(strings.Repeat("ж", 5000))))
}
