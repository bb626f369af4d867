package analytics_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/services/adapter/adaptertest"
)

// hostileAnswers are answers of status 200 that no call can read.
func hostileAnswers() map[string]string {
	return map[string]string{
		"map instead of list": `{"visitors":{},"pageviews":{},"activeVisitors":{},"sites":{"0":{}},"events":{"a":1},"total":{},"unique":{},"chart":{}}`,
		"wrong types":         `{"visitors":"many","pageviews":true,"activeVisitors":[],"sites":"none","events":7,"total":"x","unique":[],"chart":"x"}`,
		"truncated":           `{"visitors":1,"pageviews":2,"activeVisitors":3,"sites":[{"siteId":"a"`,
		"oversized":           `{"sites":["` + strings.Repeat("x", 9<<20) + `"]}`,
		"null":                `null`,
		"nothing":             " \n",
		"page of HTML":        `<!DOCTYPE html><html><body>Sign in</body></html>`,
		"list of nothing":     `[]`,
		"words":               `done`,
		"nested very deep":    `{"sites":` + strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000) + `}`,
		"huge numbers":        `{"visitors":1e999,"pageviews":1e999,"activeVisitors":1e999,"total":1e999}`,
		"an error in a 200":   `{"error":"the key ` + key + ` is not valid"}`,
	}
}

func TestHostile_EveryCallSurvivesEveryAnswer(t *testing.T) {
	t.Parallel()
	for answerName, answer := range hostileAnswers() {
		for name, call := range calls() {
			t.Run(answerName+"/"+name, func(t *testing.T) {
				t.Parallel()
				b := newBench(t, adaptertest.Answer(http.StatusOK, answer))
				b.Expect(t, call(t.Context(), b), adaptertest.BadAnswer(), key)
			})
		}
	}
}

// TestHostile_ListsOfRubbishAreRejectedOneByOne shows that what is in a list is
// rejected by itself, and that nothing of it is as large as it came.
func TestHostile_ListsOfRubbishAreRejectedOneByOne(t *testing.T) {
	t.Parallel()
	rubbish := `[null,7,[[]],{"name":{},"date":[],"path":1,"siteId":{}},"` + strings.Repeat("y", 1<<20) + `",{"count":1e999}]`
	b := newBench(t, adaptertest.Answer(http.StatusOK, `{"visitors":1,"pageviews":1,"activeVisitors":1,"total":1,"unique":1,
		"sites":`+rubbish+`,"activePages":`+rubbish+`,"events":`+rubbish+`,"chart":`+rubbish+`,"topPages":`+rubbish+`}`))
	for name, call := range calls() {
		require.NoError(t, call(t.Context(), b), name)
	}
}

func TestHostile_StatusesMeanTheSameToEveryCall(t *testing.T) {
	t.Parallel()
	for status, tc := range map[int]struct {
		body string
		want adaptertest.Failure
	}{
		http.StatusBadRequest:          {`{"error":"Bad request"}`, adaptertest.Refused()},
		http.StatusUnauthorized:        {`{"error":"Unauthorized — provide a valid API key"}`, adaptertest.CredentialRefused()},
		http.StatusForbidden:           {`{"error":"Forbidden — you do not have access to this resource"}`, adaptertest.Refused()},
		http.StatusNotFound:            {`<html></html>`, adaptertest.NotFound()},
		http.StatusTooManyRequests:     {`{"error":"Rate limit exceeded — wait and retry"}`, adaptertest.RateLimited()},
		http.StatusInternalServerError: {`{"error":"Internal server error"}`, adaptertest.Unavailable()},
		http.StatusServiceUnavailable:  {``, adaptertest.Unavailable()},
		http.StatusMovedPermanently:    {``, adaptertest.BadAnswer()},
	} {
		for name, call := range calls() {
			t.Run(http.StatusText(status)+"/"+name, func(t *testing.T) {
				t.Parallel()
				b := newBench(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					w.Header().Set("Retry-After", "90")
					w.Header().Set("Location", "https://elsewhere.example/?key="+key)
					adaptertest.Answer(status, tc.body).ServeHTTP(w, r)
				}))
				b.Expect(t, call(t.Context(), b), tc.want, key)
			})
		}
	}
}
