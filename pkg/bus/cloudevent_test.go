package bus_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/binding"
	"github.com/cloudevents/sdk-go/v2/binding/spec"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/bus"
	"github.com/signalbox-io/signalbox/pkg/bus/busserver"
	"github.com/signalbox-io/signalbox/pkg/bus/bustest"
	"github.com/signalbox-io/signalbox/pkg/event"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
)

// A plain subscriber's message is read by the public CloudEvents SDK.
func TestEvents_AreCloudEvents(t *testing.T) {
	for _, contentType := range []string{bus.ContentProtobuf, bus.ContentJSON} {
		t.Run(contentType, func(t *testing.T) {
			server := bustest.NewServer(t)
			b := bustest.ConnectWith(t, server, bus.Options{ContentType: contentType})
			sub, err := b.Conn().SubscribeSync(bus.AllEvents)
			require.NoError(t, err)
			want := sampleEvent("crème 100%")

			_, err = b.PublishEvents(t.Context(), []*eventv1.Event{want})
			require.NoError(t, err)

			msg, err := sub.NextMsg(90 * time.Second)
			require.NoError(t, err)
			got, err := binding.ToEvent(t.Context(), natsMessage{msg})
			require.NoError(t, err)
			require.NoError(t, got.Validate())
			require.Equal(t, want.GetId(), got.ID())
			require.Equal(t, "signalbox.event.v1.anomaly", got.Type())
			require.Equal(t, "/signalbox/sources/anomify-prod", got.Source())
			require.Equal(t, want.GetEntity(), got.Subject())
			require.True(t, want.GetOccurredAt().AsTime().Equal(got.Time()))
			require.Equal(t, contentType, got.DataContentType())
			read := &eventv1.Event{}
			if contentType == bus.ContentJSON {
				require.NoError(t, protojson.Unmarshal(got.Data(), read))
			} else {
				require.NoError(t, proto.Unmarshal(got.Data(), read))
			}
			require.True(t, proto.Equal(want, read))
		})
	}
}

func TestDecodeEvent_RefusesWhatIsNone(t *testing.T) {
	t.Parallel()
	good := nats.Header{"ce-id": {"x"}, "ce-specversion": {"1.0"}, "ce-datacontenttype": {bus.ContentProtobuf}}
	empty, err := proto.Marshal(&eventv1.Event{Id: "x"})
	require.NoError(t, err)

	_, err = bus.DecodeEvent(nats.Header{}, nil)
	require.ErrorIs(t, err, bus.ErrNotCloudEvent)
	_, err = bus.DecodeEvent(good, []byte("<html>"))
	require.Error(t, err)
	_, err = bus.DecodeEvent(good, empty)
	require.ErrorIs(t, err, event.ErrNoSource)
	good.Set("ce-datacontenttype", "text/plain")
	_, err = bus.DecodeEvent(good, empty)
	require.ErrorContains(t, err, `content type "text/plain"`)
}

func TestPublishEvents_TwiceIsOnce(t *testing.T) {
	b := bustest.New(t)
	events := []*eventv1.Event{sampleEvent("a"), sampleEvent("b")}

	first, err := b.PublishEvents(t.Context(), events)
	require.NoError(t, err)
	again, err := b.PublishEvents(t.Context(), events)
	require.NoError(t, err)

	require.Equal(t, bus.PublishResult{Published: 2}, first)
	require.Equal(t, bus.PublishResult{Duplicates: 2}, again)
}

func TestPublishDead_KeepsTheOriginalOnce(t *testing.T) {
	b := bustest.New(t)
	letter := bus.DeadLetter{
		Area: "router", Reason: "undecodable", Detail: "no\nevent", Stream: bus.StreamEvents, Sequence: 7,
		Subject: "signalbox.event.x", Header: nats.Header{"Foo": {"bar"}, nats.MsgIdHdr: {"1"}}, Data: []byte("junk"),
	}

	require.NoError(t, b.PublishDead(t.Context(), letter))
	require.NoError(t, b.PublishDead(t.Context(), letter))

	stream, err := b.JetStream().Stream(t.Context(), bus.StreamDead)
	require.NoError(t, err)
	info, err := stream.Info(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 1, info.State.Msgs)
	msg, err := stream.GetLastMsgForSubject(t.Context(), bus.DeadSubject("router", "undecodable"))
	require.NoError(t, err)
	require.Equal(t, "junk", string(msg.Data))
	require.Equal(t, "bar", msg.Header.Get("Foo"))
	require.Equal(t, "7", msg.Header.Get(bus.HeaderDeadSequence))
	require.Equal(t, "no%0Aevent", msg.Header.Get(bus.HeaderDeadDetail))
}

// A server bounds headers; what it does not take would be tried for ever.
func TestPublishDead_TakesWhateverIsTooLong(t *testing.T) {
	b := bustest.New(t)
	long := strings.Repeat("ж", 60_000)
	for _, letter := range []bus.DeadLetter{
		{Detail: long, ID: "a"}, {Subject: long, ID: "b"}, {ID: long}, {ID: "c", Header: nats.Header{"Foo": {strings.Repeat("x", 64_000)}}},
	} {
		letter.Area, letter.Reason, letter.Data = "router", "undecodable", []byte("junk")
		require.NoError(t, b.PublishDead(t.Context(), letter))
	}
	stream, err := b.JetStream().Stream(t.Context(), bus.StreamDead)
	require.NoError(t, err)
	require.EqualValues(t, 4, stream.CachedInfo().State.Msgs)
}

func TestPublishEvents_RefusesWhatNoHeaderHolds(t *testing.T) {
	b := bustest.New(t)
	for _, spoil := range []func(*eventv1.Event){
		func(e *eventv1.Event) { e.Id = strings.Repeat("x", 100_000) },
		func(e *eventv1.Event) { e.Entity = strings.Repeat("x", 70_000) },
		func(e *eventv1.Event) { e.NativeId = strings.Repeat("x", 70_000) },
		func(e *eventv1.Event) { e.Source = strings.Repeat("x", 5_000) },
	} {
		e := sampleEvent("a")
		spoil(e)
		_, err := b.PublishEvents(t.Context(), []*eventv1.Event{e})
		require.ErrorIs(t, err, event.ErrTooLong)
		require.Less(t, len(err.Error()), 300)
	}
}

// A server that comes back without its store is prepared again.
func TestBus_SurvivesTheLossOfTheStore(t *testing.T) {
	dir, logger := t.TempDir(), slog.New(slog.DiscardHandler)
	first := busserver.New(busserver.Options{StoreDir: dir, Listen: "127.0.0.1:0"}, logger)
	require.NoError(t, first.Start(t.Context()))
	address := strings.TrimPrefix(first.URL(), "nats://")
	states := make(chan error, 100)
	b := bus.New(bus.Options{URL: first.URL(), OnState: func(err error) { states <- err }}, logger)
	require.NoError(t, b.Start(t.Context()))
	t.Cleanup(func() { require.NoError(t, b.Stop(context.Background())) })

	require.NoError(t, first.Stop(t.Context()))
	second := busserver.New(busserver.Options{StoreDir: t.TempDir(), Listen: address}, logger)
	require.NoError(t, second.Start(t.Context()))
	t.Cleanup(func() { require.NoError(t, second.Stop(context.Background())) })

	require.Eventually(t, func() bool {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		_, err := b.PublishEvents(ctx, []*eventv1.Event{sampleEvent("a")})
		return err == nil
	}, 90*time.Second, 10*time.Millisecond)
	require.NoError(t, <-states, "ready")
	require.Error(t, <-states, "lost")
}

func TestBus_SurvivesTheServersRestart(t *testing.T) {
	server := bustest.NewServer(t)
	b := bustest.Connect(t, server)
	_, err := b.PublishEvents(t.Context(), []*eventv1.Event{sampleEvent("a")})
	require.NoError(t, err)

	require.NoError(t, server.Stop(t.Context()))
	require.NoError(t, server.Start(t.Context()))

	require.Eventually(t, func() bool {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		result, err := b.PublishEvents(ctx, []*eventv1.Event{sampleEvent("a"), sampleEvent("b")})
		return err == nil && result.Published+result.Duplicates == 2
	}, 90*time.Second, 10*time.Millisecond)
	stream, err := b.JetStream().Stream(t.Context(), bus.StreamEvents)
	require.NoError(t, err)
	require.EqualValues(t, 2, stream.CachedInfo().State.Msgs)
}

func TestStart_KeepsWhatAnOperatorChanged(t *testing.T) {
	server := bustest.NewServer(t)
	b := bustest.Connect(t, server)
	stream, err := b.JetStream().Stream(t.Context(), bus.StreamEvents)
	require.NoError(t, err)
	config := stream.CachedInfo().Config
	config.MaxAge = 24 * time.Hour
	_, err = b.JetStream().UpdateStream(t.Context(), config)
	require.NoError(t, err)

	other := bustest.Connect(t, server)

	stream, err = other.JetStream().Stream(t.Context(), bus.StreamEvents)
	require.NoError(t, err)
	require.Equal(t, 24*time.Hour, stream.CachedInfo().Config.MaxAge)
	require.Equal(t, jetstream.DiscardNew, stream.CachedInfo().Config.Discard)
}

func sampleEvent(nativeID string) *eventv1.Event {
	at := timestamppb.New(time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC))
	return &eventv1.Event{
		Id: event.ID("anomify-prod", nativeID, ""), Source: "anomify-prod", Vendor: eventv1.Vendor_VENDOR_ANOMIFY,
		NativeId: nativeID, OccurredAt: at, ObservedAt: at, Entity: "metric:" + nativeID,
		Payload: &eventv1.Event_Anomaly{Anomaly: &eventv1.Anomaly{Metric: nativeID, Score: 1}},
	}
}

// natsMessage is how a reader of the CloudEvents NATS binding sees a message.
type natsMessage struct{ msg *nats.Msg }

func (m natsMessage) ReadEncoding() binding.Encoding { return binding.EncodingBinary }
func (m natsMessage) Finish(error) error             { return nil }

func (m natsMessage) GetAttribute(kind spec.Kind) (spec.Attribute, any) {
	attribute := spec.WithPrefix("ce-").Version("1.0").AttributeFromKind(kind)
	return attribute, m.msg.Header.Get(attribute.PrefixedName())
}

func (m natsMessage) GetExtension(name string) any { return m.msg.Header.Get("ce-" + name) }

func (m natsMessage) ReadStructured(context.Context, binding.StructuredWriter) error {
	return binding.ErrNotStructured
}

func (m natsMessage) ReadBinary(_ context.Context, w binding.BinaryWriter) error {
	versions := spec.WithPrefix("ce-")
	version := versions.Version(m.msg.Header.Get("ce-specversion"))
	for name, values := range m.msg.Header {
		text, err := url.PathUnescape(values[0])
		if err != nil {
			return err
		}
		attribute := version.Attribute(name)
		switch {
		case name == "content-type":
			err = w.SetAttribute(version.AttributeFromKind(spec.DataContentType), text)
		case attribute != nil:
			err = w.SetAttribute(attribute, text)
		}
		if err != nil {
			return err
		}
	}
	return w.SetData(bytes.NewReader(m.msg.Data))
}
