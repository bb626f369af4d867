package vendorhttp_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/vendorhttp"
)

// FuzzBody hides a secret in any answer: it is not there afterwards, and JSON
// without escapes stays JSON.
func FuzzBody(f *testing.F) {
	f.Add(`{"error":"the key hunter2-0123456789abcdef is not valid","n":[1,null]}`, 3)
	f.Add("{\"a\":\"HUNTER2-0123456789ABCDEF\"}", 9_000)
	f.Add(strings.Repeat(" ", 8<<10)+"hunter2-012", 8180)
	f.Add("\\u00hunter2-0123", 4)
	f.Fuzz(func(t *testing.T, body string, at int) {
		r := vendorhttp.NewRedactor(secret)
		body = strings.ToValidUTF8(body, "\uFFFD")
		// A part of a secret may follow a backslash that belongs to its first letter.
		wasJSON := json.Valid([]byte(body)) && !strings.Contains(body, `\`)
		if clean := r.Body(body); wasJSON {
			require.True(t, json.Valid([]byte(clean)), "%s became %s", body, clean)
		}
		at = max(0, min(at, len(body)))
		for !utf8.RuneStart(append([]byte(body), 'x')[at]) {
			at--
		}
		with := body[:at] + secret + body[at:]
		for _, clean := range []string{r.Body(with), r.Text(with), r.Extract(with)} {
			require.NotContains(t, strings.ToLower(clean), secret)
		}
		require.True(t, utf8.ValidString(r.Extract(with)))
		require.Less(t, len(r.Extract(with)), 320)
	})
}

// FuzzRetryAfter reads any header: nobody waits before now, or for more than an
// hour.
func FuzzRetryAfter(f *testing.F) {
	f.Add("120")
	f.Add("Thu, 28 Mar 2024 08:00:00 GMT")
	f.Fuzz(func(t *testing.T, value string) {
		wait := vendorhttp.RetryAfter(http.Header{"Retry-After": {value}}, time.Unix(1711612700, 0))
		require.GreaterOrEqual(t, wait, time.Duration(0))
		require.LessOrEqual(t, wait, time.Hour)
	})
}
