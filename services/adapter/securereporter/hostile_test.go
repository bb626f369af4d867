package securereporter_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/services/adapter/adaptertest"
)

// TestHostile_ReadsPassTheExam shows every read every hostile answer, status
// and silence. A page of HTML, bare words and garbage are HTML to GetTemplate,
// which has a table of its own.
func TestHostile_ReadsPassTheExam(t *testing.T) {
	t.Parallel()
	for name, call := range calls() {
		if call.kind != aRead || name == "CallReport" {
			continue // has its exam where it is tested
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			adaptertest.Read{New: newBench, Call: call.make, Secrets: []string{uuid, encoded}}.Exercise(t)
		})
	}
}

// hostileAnswer is an answer of status 200 and what each kind of call makes of
// it; nil is a success.
type hostileAnswer struct {
	body               string
	read, page, effect *adaptertest.Failure
}

func hostileAnswers() map[string]hostileAnswer {
	bad, refused := adaptertest.BadAnswer(), adaptertest.Refused()
	data := func(body string) hostileAnswer { return hostileAnswer{body, &bad, &bad, nil} }
	text := func(body string) hostileAnswer { return hostileAnswer{body, &bad, nil, nil} }
	return map[string]hostileAnswer{
		"map instead of list": data(`{"ok":true,"records":{"0":{}},"choices":7,"fields":{"a":1},"time":{}}`),
		"wrong types":         data(`{"ok":"yes","message":7,"records":"none","choices":true,"fields":"x","time":[]}`),
		"truncated":           text(`{"ok":true,"records":[{"a":"Dr`),
		"oversized":           {`["` + strings.Repeat("x", 9<<20) + `"]`, &bad, &bad, nil},
		"null":                data(`null`),
		"nothing":             data(" \n"),
		"page of HTML":        text(`<!DOCTYPE html><html><body>Sign in</body></html>`),
		"words":               text(`done`),
		"nested very deep":    data(`{"ok":true,"x":` + strings.Repeat("[", 5000) + strings.Repeat("]", 5000) + `}`),
		"huge number":         text(`{"ok":true,"time":1e999e}`),
		"not ok":              {`{"ok":false,"message":"no ` + token + `","records":[]}`, &refused, &refused, &refused},
		"not ok, odd message": {`{"ok":false,"message":{"text":7}}`, &refused, &refused, &refused},
	}
}

func TestHostile_EveryCallSurvivesEveryAnswer(t *testing.T) {
	t.Parallel()
	for answerName, answer := range hostileAnswers() {
		for name, call := range calls() {
			t.Run(answerName+"/"+name, func(t *testing.T) {
				t.Parallel()
				b := newBench(t, adaptertest.Answer(http.StatusOK, answer.body))
				err := call.make(t.Context(), b)
				want := map[kind]*adaptertest.Failure{aRead: answer.read, aPage: answer.page, anEffect: answer.effect}[call.kind]
				if answerName == "not ok, odd message" && name == "CallReport" {
					bad := adaptertest.BadAnswer() // its answer has a documented shape
					want = &bad
				}
				if want == nil {
					require.NoError(t, err)
					return
				}
				b.Expect(t, err, *want, uuid, encoded)
			})
		}
	}
}

func TestHostile_StatusesMeanTheSameToEveryCall(t *testing.T) {
	t.Parallel()
	const failed = `{"message":"the report is not yours","ok":false,"records":[]}`
	for status, tc := range map[int]struct {
		body         string
		read, effect adaptertest.Failure
	}{
		http.StatusBadRequest:          {failed, adaptertest.Refused(), adaptertest.Refused()},
		http.StatusUnauthorized:        {failed, adaptertest.CredentialRefused(), adaptertest.CredentialRefused()},
		http.StatusForbidden:           {failed, adaptertest.Refused(), adaptertest.Refused()},
		http.StatusNotFound:            {`<html>not found</html>`, adaptertest.NotFound(), adaptertest.NotFound()},
		http.StatusTooManyRequests:     {``, adaptertest.RateLimited(), adaptertest.RateLimited()},
		http.StatusServiceUnavailable:  {`<html></html>`, adaptertest.Unavailable(), adaptertest.Unavailable()},
		http.StatusInternalServerError: {failed, adaptertest.Unavailable(), adaptertest.OutcomeUnknown()},
		http.StatusFound:               {``, adaptertest.BadAnswer(), adaptertest.OutcomeUnknown()},
	} {
		for name, call := range calls() {
			t.Run(http.StatusText(status)+"/"+name, func(t *testing.T) {
				t.Parallel()
				b := newBench(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					w.Header().Set("Retry-After", "90")
					w.Header().Set("Location", "/login?next="+encoded)
					adaptertest.Answer(status, tc.body).ServeHTTP(w, r)
				}))
				want := tc.read
				if call.kind == anEffect {
					want = tc.effect
				}
				b.Expect(t, call.make(t.Context(), b), want, uuid, encoded)
			})
		}
	}
}
