package securereporter

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/signalbox-io/signalbox/pkg/config"
	"github.com/signalbox-io/signalbox/pkg/vendorhttp"
)

// asRead returns an answer as the client hands it on: valid UTF-8.
func asRead(body string) vendorhttp.Answer {
	return vendorhttp.Answer{Status: 200, Body: string([]rune(body))}
}

// FuzzReport reads any JSON as the answer of a report.
func FuzzReport(f *testing.F) {
	f.Add(`{"message":"","ok":true,"records":[{"active":"Y","created":"2023-07-15 14:01:20.841126","age_days":7,"x":null}]}`)
	f.Fuzz(func(t *testing.T, body string) {
		answer := asRead(body)
		var w wireReport
		if vendorhttp.DecodeJSON(answer.Body, &w) != nil || w.failure(answer) != nil {
			return
		}
		for _, row := range w.Records {
			if record, err := recordOf(row, time.UTC); err == nil {
				requireSound(t, record)
			}
		}
	})
}

// FuzzAssumed reads any answer in the shapes that are assumed.
func FuzzAssumed(f *testing.F) {
	f.Add(`{"choices":[["a","A"]],"fields":[{"id":1,"name":"_x","field_order":2}],"time":"2023-07-15T14:01:20Z"}`)
	f.Fuzz(func(t *testing.T, body string) {
		answer := asRead(body)
		if choices, failure := choicesOf(answer); failure == nil {
			requireSound(t, choices)
		}
		if definition, failure := definitionOf(answer); failure == nil {
			requireSound(t, definition)
		}
		if at, failure := serverTimeOf(answer); failure == nil {
			require.False(t, at.IsZero())
			require.Equal(t, time.UTC, at.Location())
		}
	})
}

// FuzzErrors reads any answer for what it says of a failure.
func FuzzErrors(f *testing.F) {
	f.Add(500, `{"message":"division by zero","ok":false,"records":[]}`)
	f.Fuzz(func(t *testing.T, status int, body string) {
		answer := vendorhttp.Answer{Status: status, Body: body}
		require.NotZero(t, classify(answer).Kind)
		if failure := failureIn(answer); failure != nil {
			require.Equal(t, vendorhttp.Refused, failure.Kind)
		}
		_ = templateFailure(answer)
	})
}

// FuzzToken reads any text as a credential: whatever form it has, none of its
// secrets is empty where it is one.
func FuzzToken(f *testing.F) {
	f.Add("Basic b25lLXdlZWs6OGMxOWE2ODAtOTViYi00YTU4LWFlNGEtYTU2YjkzYTdmYzIy")
	f.Fuzz(func(t *testing.T, credential string) {
		token := tokenOf(config.NewSecret(credential))
		require.Contains(t, token.header(), "Basic ")
		require.NotEmpty(t, token.secrets())
	})
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
