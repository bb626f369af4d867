package analytics

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/signalbox-io/signalbox/pkg/vendorhttp"
	"github.com/signalbox-io/signalbox/services/adapter"
)

// FuzzAnswers reads any answer as that of each call.
func FuzzAnswers(f *testing.F) {
	f.Add(`{"visitors":1,"pageviews":2,"bounceRate":42,"topPages":[{"pathname":"/","views":1}],"total":1,"unique":1,` +
		`"chart":[{"date":"2025-03-21","count":800}],"events":[{"name":"a","count":1}],"activePages":[{"path":"/","visitors":1}],` +
		`"sites":[{"siteId":"a","createdAt":"2025-01-15T10:30:00.000Z"}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		body := string([]rune(text)) // valid UTF-8, as every answer is read
		var stats wireStats
		if vendorhttp.DecodeJSON(body, &stats) == nil && stats.Visitors != nil && stats.Pageviews != nil {
			requireSound(t, stats.stats(body))
		}
		var sites wireSites
		var live wireRealtime
		var events wireEvents
		var views wirePageviews
		for _, into := range []any{&sites, &live, &events, &views} {
			_ = vendorhttp.DecodeJSON(body, into) // what cannot be read is left as it is
		}
		requireEachSound(t, sites.Sites, siteOf)
		requireEachSound(t, live.ActivePages, pageOf)
		requireEachSound(t, events.Events, countOf)
		requireEachSound(t, views.Chart, dayOf)
	})
}

// FuzzLimit reads any headers: an account is never quiet for longer than the
// vendor's window.
func FuzzLimit(f *testing.F) {
	f.Add("0", "1711612800000", "Thu, 28 Mar 2024 07:59:30 GMT")
	f.Fuzz(func(t *testing.T, remaining, reset, date string) {
		until := quietUntil(vendorhttp.Answer{Header: http.Header{
			"X-Ratelimit-Remaining": {remaining}, "X-Ratelimit-Reset": {reset}, "Date": {date},
		}})
		require.False(t, until.After(time.Now().Add(longestQuiet)))
	})
}

type message[T any] interface {
	*T
	proto.Message
}

// requireEachSound requires that every record is read or rejected, and that
// what is read is sound.
func requireEachSound[T any, M message[T]](t *testing.T, records []json.RawMessage, convert func(json.RawMessage) (*T, error)) {
	t.Helper()
	read, rejected := adapter.ReadEach(records, convert)
	require.Len(t, records, len(read)+len(rejected))
	for _, m := range read {
		requireSound(t, M(m))
	}
}

// requireSound requires that a message fits on the wire and comes back, and
// that its JSON can be written.
func requireSound(t *testing.T, m proto.Message) {
	t.Helper()
	wire, err := proto.Marshal(m)
	require.NoError(t, err)
	back := m.ProtoReflect().New().Interface()
	require.NoError(t, proto.Unmarshal(wire, back))
	require.True(t, proto.Equal(m, back))
	_, err = protojson.Marshal(m)
	require.NoError(t, err)
}
