package anura_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/services/adapter/adaptertest"
)

// TestHostile_ReadsPassTheExam shows every read every hostile answer, status
// and silence. Each answer is given to the call that tells a bad token from a
// bad request, too: a 400 to everything is about the token.
func TestHostile_ReadsPassTheExam(t *testing.T) {
	t.Parallel()
	for name, call := range calls(t) {
		if call.isEffect || name == "ListInstances" || name == "GetOverview" {
			continue // the reads among these have their exam where they are tested
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			adaptertest.Read{
				New: newBench, Call: call.make, Secrets: []string{token, encodedToken},
				Statuses: map[int]adaptertest.Failure{http.StatusBadRequest: adaptertest.CredentialRefused()},
			}.Exercise(t)
		})
	}
}

func hostileAnswers() map[string]string {
	return map[string]string{
		"map instead of list": `{"instances":{"0":{"id":1}},"sources":{"0":"a"},"campaigns":{"0":"a"},` +
			`"table":{"headers":["A"],"rows":{"0":["a"]}},"total":[],"chart":{}}`,
		"wrong types": `{"instances":7,"sources":"x","campaigns":true,"table":"none","total":"many","chart":7,` +
			`"success":{},"id":[],"url":7,"query":[]}`,
		"wrong types within": `{"instances":"x","table":{"headers":[7],"rows":7},"total":{"suspect":[]},"chart":[[[]],7],"id":{},"url":""}`,
		"truncated":          `{"instances":[{"id":1},{"id":`,
		"oversized":          `{"id":"` + strings.Repeat("x", 9<<20) + `"}`,
		"null":               `null`,
		"nulls":              `{"instances":null,"sources":null,"campaigns":null,"table":null,"total":null,"chart":null,"id":null,"url":null}`,
		"page of HTML":       `<!DOCTYPE html><html><body>Sign in</body></html>`,
		"list of lists":      `[[[]]]`,
		"words":              `done`,
		"nothing":            " \n",
		"nested very deep":   `{"table":` + strings.Repeat("[", 5000) + strings.Repeat("]", 5000) + `}`,
		"deeper than JSON":   `{"table":` + strings.Repeat(`{"a":`, 20_000),
		"huge number":        `{"id":1e999e,"total":1e999}`,
		"no link":            `{"url":"javascript%3Aalert(1)"}`,
		"link without host":  `{"url":"https%3A%2F%2F"}`,
		"error in a 200":     `{"error":"your+token+is+` + encodedToken + `"}`,
	}
}

func TestHostile_EveryCallSurvivesEveryAnswer(t *testing.T) {
	t.Parallel()
	for answerName, answer := range hostileAnswers() {
		for name, call := range calls(t) {
			t.Run(answerName+"/"+name, func(t *testing.T) {
				t.Parallel()
				b := newBench(t, adaptertest.Answer(http.StatusOK, answer))
				err := call.make(t.Context(), b)
				want := adaptertest.BadAnswer()
				if call.isEffect {
					want = adaptertest.OutcomeUnknown()
				}
				if call.isEffect && answerName == "wrong types" {
					want = adaptertest.Refused() // success is nothing that is true
				}
				b.Expect(t, err, want, token, encodedToken)
				require.Equal(t, 1, b.Calls(), "a download has no link to follow")
			})
		}
	}
}

func TestHostile_StatusesMeanTheSameToEveryCall(t *testing.T) {
	t.Parallel()
	for status, tc := range map[int]struct{ read, effect adaptertest.Failure }{
		http.StatusBadRequest:         {adaptertest.CredentialRefused(), adaptertest.CredentialRefused()},
		http.StatusUnauthorized:       {adaptertest.CredentialRefused(), adaptertest.CredentialRefused()},
		http.StatusForbidden:          {adaptertest.Refused(), adaptertest.Refused()},
		http.StatusNotFound:           {adaptertest.NotFound(), adaptertest.NotFound()},
		http.StatusTooManyRequests:    {adaptertest.RateLimited(), adaptertest.RateLimited()},
		http.StatusServiceUnavailable: {adaptertest.Unavailable(), adaptertest.Unavailable()},
		http.StatusNotImplemented:     {adaptertest.Unavailable(), adaptertest.OutcomeUnknown()},
	} {
		for name, call := range calls(t) {
			t.Run(http.StatusText(status)+"/"+name, func(t *testing.T) {
				t.Parallel()
				b := newBench(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					w.Header().Set("Retry-After", "90")
					adaptertest.Answer(status, `{"error":"about+`+encodedToken+`"}`).ServeHTTP(w, r)
				}))
				want := tc.read
				if call.isEffect {
					want = tc.effect
				}
				b.Expect(t, call.make(t.Context(), b), want, token, encodedToken)
			})
		}
	}
}

// TestHostile_ABadRequestWithAGoodTokenIsTheRequest answers 400 to the call
// alone.
func TestHostile_ABadRequestWithAGoodTokenIsTheRequest(t *testing.T) {
	t.Parallel()
	for name, call := range calls(t) {
		if name == "ListInstances" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			vendor := http.NewServeMux()
			vendor.Handle("/", adaptertest.Answer(http.StatusBadRequest, `{"error":"bad+window"}`))
			vendor.Handle("/v1/interface/instances", adaptertest.Answer(http.StatusOK, `{"instances":[]}`))
			b := newBench(t, vendor)
			err := call.make(t.Context(), b)
			b.Expect(t, err, adaptertest.Refused(), token)
			require.ErrorContains(t, err, "bad window")
			require.Equal(t, 2, b.Calls())
		})
	}
}

// TestHostile_TheTokenIsScrubbedHoweverItIsEncoded lets the vendor echo it in
// small hexadecimal digits, which decoding would make the token again.
func TestHostile_TheTokenIsScrubbedHoweverItIsEncoded(t *testing.T) {
	t.Parallel()
	small := strings.NewReplacer("%2F", "%2f", "%2B", "%2b", "%3D", "%3d").Replace(encodedToken)
	b := newBench(t, adaptertest.Answer(http.StatusOK, `{"instances":[{"id":1,"name":"`+small+`"}]}`))
	got, err := clientOf(b).ListInstances(t.Context(), listRequest())
	require.NoError(t, err)
	require.Equal(t, "[redacted]", got.GetInstances()[0].GetName())
}
