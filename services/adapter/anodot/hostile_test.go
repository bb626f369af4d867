package anodot_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/services/adapter/adaptertest"
)

// TestHostile_ReadsPassTheExam shows every read every hostile answer, status
// and silence.
func TestHostile_ReadsPassTheExam(t *testing.T) {
	t.Parallel()
	for name, call := range calls() {
		switch name {
		case "ListAlerts", "GetAlert", "ListFeedback":
			continue // have their exam where they are tested
		}
		if call.kind != aList && call.kind != anObject {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			adaptertest.Read{
				New: newWholeBench, Call: call.make, Secrets: []string{refreshToken, jwt(1), dataKey},
			}.Exercise(t)
		})
	}
}

// hostileAnswer is an answer of status 2xx and what each kind of call makes of
// it; nil is a success.
type hostileAnswer struct {
	status int
	body   string
	read   *adaptertest.Failure
	shown  *adaptertest.Failure
	sample *adaptertest.Failure
}

func hostileAnswers() map[string]hostileAnswer {
	bad, unknown := adaptertest.BadAnswer(), adaptertest.OutcomeUnknown()
	all := func(body string) hostileAnswer {
		return hostileAnswer{http.StatusOK, body, &bad, &unknown, &unknown}
	}
	answers := map[string]hostileAnswer{
		"map instead of list": all(`{"data":{"0":{"id":"a"}}}`),
		"wrong types": all(`{"id":{"a":1},"total":"many","totalEvents":[],"feedbacks":7,"alerts":"x",` +
			`"alertGroups":true,"anomalies":{},"events":"none","errors":7}`),
		"truncated":         all(`{"id":"a","configuration":{"title":"Dr`),
		"oversized":         all(`{"id":"` + strings.Repeat("x", 9<<20) + `"}`),
		"null":              all(`null`),
		"page of HTML":      all(`<!DOCTYPE html><html><body>Sign in</body></html>`),
		"list of nothing":   all(`[]`),
		"list of lists":     all(`[[[]]]`),
		"words":             all(`done`),
		"nested very deep":  all(`{"id":` + strings.Repeat("[", 5000) + strings.Repeat("]", 5000) + `}`),
		"huge number":       all(`{"id":1e999e,"total":1e999}`),
		"nothing, with 204": {http.StatusNoContent, "", &bad, nil, nil},
		"nothing, with 200": {http.StatusOK, " \n", &bad, nil, nil},
		"errors in a 200":   {http.StatusOK, `{"id":"a","errors":[{"index":0,"error":"1002","description":"General error"}]}`, &bad, &unknown, nil},
	}
	// An object that lists no errors says that every sample was taken.
	for _, name := range []string{"map instead of list", "nested very deep", "wrong types"} {
		answer := answers[name]
		answer.sample = nil
		answers[name] = answer
	}
	return answers
}

func (a hostileAnswer) wanted(k kind) *adaptertest.Failure {
	switch k {
	case aList, anObject:
		return a.read
	case shown:
		return a.shown
	case samples:
		return a.sample
	default:
		return nil
	}
}

func TestHostile_EveryCallSurvivesEveryAnswer(t *testing.T) {
	t.Parallel()
	for answerName, answer := range hostileAnswers() {
		for name, call := range calls() {
			t.Run(answerName+"/"+name, func(t *testing.T) {
				t.Parallel()
				b := newWholeBench(t, adaptertest.Answer(answer.status, answer.body))
				err := call.make(t.Context(), b)
				want := answer.wanted(call.kind)
				switch {
				case call.kind == silent && answerName == "errors in a 200":
					unknown := adaptertest.OutcomeUnknown()
					want = &unknown
				case call.kind == silent && answerName == "wrong types":
					return // a stream of a state that nobody knows, or errors that are none: either is fine
				case call.kind == aList && strings.HasPrefix(answerName, "list of"):
					want = nil
				}
				if want == nil {
					require.NoError(t, err)
					return
				}
				b.Expect(t, err, *want, refreshToken, jwt(1), dataKey)
			})
		}
	}
}

func TestHostile_StatusesMeanTheSameToEveryCall(t *testing.T) {
	t.Parallel()
	for status, tc := range map[int]struct {
		body         string
		read, effect adaptertest.Failure
	}{
		http.StatusBadRequest:         {`{"errors":[{"index":null,"error":1001,"description":"Json parsing error"}]}`, adaptertest.Refused(), adaptertest.Refused()},
		http.StatusForbidden:          {`{"errors":["Data collection token is invalid"]}`, adaptertest.Refused(), adaptertest.Refused()},
		http.StatusNotFound:           {httpError, adaptertest.NotFound(), adaptertest.NotFound()},
		http.StatusTooManyRequests:    {`{"errors":[{"error":1004}]}`, adaptertest.RateLimited(), adaptertest.RateLimited()},
		http.StatusServiceUnavailable: {`<html></html>`, adaptertest.Unavailable(), adaptertest.Unavailable()},
		http.StatusBadGateway:         {`{"error":{"error":3015,"description":"odd"}}`, adaptertest.Unavailable(), adaptertest.OutcomeUnknown()},
	} {
		for name, call := range calls() {
			if isRead := call.kind == aList || call.kind == anObject; isRead && status == http.StatusBadGateway {
				continue // is repeated, and the exam has a 500
			}
			t.Run(http.StatusText(status)+"/"+name, func(t *testing.T) {
				t.Parallel()
				b := newWholeBench(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					w.Header().Set("Retry-After", "90")
					if r.URL.Path == "/api/v2/alerts" && r.Method == http.MethodGet && status == http.StatusNotFound && name == "GetAlert" {
						adaptertest.Answer(http.StatusOK, "[]").ServeHTTP(w, r)
						return
					}
					adaptertest.Answer(status, tc.body).ServeHTTP(w, r)
				}))
				want := tc.effect
				if call.kind == aList || call.kind == anObject {
					want = tc.read
				}
				b.Expect(t, call.make(t.Context(), b), want, refreshToken, jwt(1), dataKey)
			})
		}
	}
}
