package bus_test

import (
	"strings"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/bus"
	"github.com/signalbox-io/signalbox/pkg/bus/bustest"
	decisionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/decision/v1"
)

// letterOn returns the one letter that is kept.
func letterOn(t *testing.T, b *bus.Bus) *jetstream.RawStreamMsg {
	t.Helper()
	stream, err := b.JetStream().Stream(t.Context(), bus.StreamDead)
	require.NoError(t, err)
	require.EqualValues(t, 1, stream.CachedInfo().State.Msgs)
	msg, err := stream.GetLastMsgForSubject(t.Context(), bus.DeadSubject("router", "undecodable"))
	require.NoError(t, err)
	return msg
}

// Headers that tell a server what to do were meant for the original: with them
// the letter would be refused for ever, or remove others from the stream.
func TestPublishDead_DropsWhatTellsTheServerWhatToDo(t *testing.T) {
	b := bustest.New(t)
	header := nats.Header{"Foo": {"bar"}}
	orders := []string{
		nats.ExpectedStreamHdr, nats.ExpectedLastMsgIdHdr, nats.ExpectedLastSeqHdr, nats.ExpectedLastSubjSeqHdr,
		nats.MsgRollup, "Nats-TTL", "nats-expected-stream",
	}
	for _, name := range orders {
		header[name] = []string{"7"}
	}
	require.NoError(t, b.PublishDead(t.Context(), bus.DeadLetter{
		Area: "router", Reason: "undecodable", ID: "a", Header: header, Data: []byte("junk"),
	}))
	kept := letterOn(t, b)
	require.Equal(t, "bar", kept.Header.Get("Foo"))
	require.Equal(t, "router-a", kept.Header.Get(nats.MsgIdHdr))
	for _, name := range orders {
		require.NotContains(t, kept.Header, name)
	}
}

// Many short headers take more than their names and values.
func TestPublishDead_CountsWhatHeadersTakeOnTheWire(t *testing.T) {
	b := bustest.New(t)
	header := nats.Header{"A": make([]string, 14_000)}
	require.NoError(t, b.PublishDead(t.Context(), bus.DeadLetter{
		Area: "router", Reason: "undecodable", ID: "a", Header: header,
		Detail: strings.Repeat("ж", 2000), Subject: strings.Repeat("ж", 2000), Data: []byte("junk"),
	}))
	kept := letterOn(t, b)
	require.NotContains(t, kept.Header, "A")
	require.Equal(t, "junk", string(kept.Data))
}

func TestPublishDead_KeepsWhatTheStreamTakes(t *testing.T) {
	for name, c := range map[string]struct {
		longest int32
		want    string
	}{
		"the beginning": {longest: 80 << 10, want: strings.Repeat("x", 64<<10)},
		"no data":       {longest: 1 << 10, want: ""},
	} {
		t.Run(name, func(t *testing.T) {
			b := bustest.New(t)
			limit(t, b, c.longest)
			letter := bus.DeadLetter{
				Area: "router", Reason: "undecodable", ID: "a", Detail: "too long",
				Header: nats.Header{"Foo": {"bar"}}, Data: []byte(strings.Repeat("x", 100<<10)),
			}
			require.NoError(t, b.PublishDead(t.Context(), letter))
			kept := letterOn(t, b)
			require.Equal(t, c.want, string(kept.Data))
			require.Empty(t, kept.Header.Get("Foo"))
			require.Equal(t, "too%20long", kept.Header.Get(bus.HeaderDeadDetail))
		})
	}
}

func TestPublishDead_SaysThatALetterIsRefusedForGood(t *testing.T) {
	b := bustest.New(t)
	limit(t, b, 10)
	err := b.PublishDead(t.Context(), bus.DeadLetter{Area: "router", Reason: "undecodable", ID: "a"})
	require.Error(t, err)
	require.True(t, bus.IsRefused(err))
}

// limit makes the stream of dead letters refuse what is longer.
func limit(t *testing.T, b *bus.Bus, bytes int32) {
	t.Helper()
	stream, err := b.JetStream().Stream(t.Context(), bus.StreamDead)
	require.NoError(t, err)
	cfg := stream.CachedInfo().Config
	cfg.MaxMsgSize = bytes
	_, err = b.JetStream().UpdateStream(t.Context(), cfg)
	require.NoError(t, err)
}

func TestIsRefused_IsNotABusThatIsFull(t *testing.T) {
	t.Parallel()
	require.False(t, bus.IsRefused(nil))
	require.False(t, bus.IsRefused(nats.ErrTimeout))
	require.False(t, bus.IsRefused(&jetstream.APIError{Code: 503, ErrorCode: 10077}))
	require.True(t, bus.IsRefused(nats.ErrMaxPayload))
	require.True(t, bus.IsRefused(&jetstream.APIError{Code: 400, ErrorCode: 10060}))
}

func TestSize_IsThatOfWhatIsPublished(t *testing.T) {
	d := &decisionv1.Decision{Id: "d1", Detail: strings.Repeat("\x01", 1000), Outcome: decisionv1.Outcome_OUTCOME_FIRED}
	server := bustest.NewServer(t)
	for _, kind := range []string{bus.ContentProtobuf, bus.ContentJSON} {
		b := bustest.ConnectWith(t, server, bus.Options{ContentType: kind})
		size, err := b.Size(d)
		require.NoError(t, err)
		future, err := b.PublishDecisionAsync(t.Context(), d)
		require.NoError(t, err)
		require.InDelta(t, len(future.Msg().Data), size, 40, "protojson varies its blanks")
	}
}
