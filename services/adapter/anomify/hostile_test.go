package anomify_test

import (
	"net/http"
	"slices"
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
		if !call.kind.isRead() || name == "ListAnomalies" || name == "ListWatchers" {
			continue // effects, and those that have their exam where they are tested
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			adaptertest.Read{New: newBench, Call: call.make, Secrets: []string{token}}.Exercise(t)
		})
	}
}

// hostileAnswer is an answer of status 2xx that no kind of call takes for a
// success, unless it stands among those that do.
type hostileAnswer struct {
	status int
	body   string
	taken  []kind
}

func hostileAnswers() map[string]hostileAnswer {
	envelope := func(data string) string { return `{"status":{"code":200},"data":` + data + `}` }
	return map[string]hostileAnswer{
		// An envelope of status 200 says that an effect was done, whatever it shows.
		"empty data":        {http.StatusOK, envelope(`{}`), []kind{aWhole, confirmed}},
		"no data":           {http.StatusOK, `{"status":{"code":200}}`, []kind{confirmed}},
		"data of no object": {http.StatusOK, envelope(`[[[]]]`), []kind{confirmed}},
		"null data":         {http.StatusOK, envelope(`null`), []kind{confirmed}},
		"wrong types": {http.StatusOK, envelope(`{"anomalies":7,"anomaly":[],"watchers":"x","watcher":7,"chips":true,"exclusion":[],` +
			`"exclusions":1,"types":2,"metric":[],"patterns":"x","pattern":8,"matches":9,"match":"m","metrics":false,` +
			`"timeseries":"long","yhat":0,"users":1,"channels":2,"events":3,"admin_alerts":4,"admin_alert":5,"ping":6,"org":7}`), []kind{aWhole, confirmed}},
		"nested very deep":  {http.StatusOK, envelope(`{"x":` + strings.Repeat("[", 5000) + strings.Repeat("]", 5000) + `}`), []kind{confirmed}},
		"truncated":         {http.StatusOK, `{"status":{"code":200},"data":{"anomalies":[{"id":1`, nil},
		"oversized":         {http.StatusOK, envelope(`{"x":"` + strings.Repeat("x", 9<<20) + `"}`), nil},
		"null":              {http.StatusOK, `null`, nil},
		"page of HTML":      {http.StatusOK, `<!DOCTYPE html><html><body>Sign in<svg></svg></body></html>`, nil},
		"words":             {http.StatusOK, `done`, nil},
		"nothing, with 200": {http.StatusOK, " \n", nil},
		"nothing, with 204": {http.StatusNoContent, "", nil},
		"an odd code":       {http.StatusOK, `{"status":{"code":302},"data":{}}`, nil},
	}
}

func TestHostile_EveryCallSurvivesEveryAnswer(t *testing.T) {
	t.Parallel()
	for answerName, answer := range hostileAnswers() {
		for name, call := range calls() {
			t.Run(answerName+"/"+name, func(t *testing.T) {
				t.Parallel()
				b := newBench(t, adaptertest.Answer(answer.status, answer.body))
				err := call.make(t.Context(), b)
				if answer.takenBy(answerName, name, call.kind) {
					require.NoError(t, err)
					return
				}
				want := adaptertest.OutcomeUnknown()
				if call.kind.isRead() {
					want = adaptertest.BadAnswer()
				}
				b.Expect(t, err, want, token)
			})
		}
	}
}

func (a hostileAnswer) takenBy(answer, call string, k kind) bool {
	switch {
	case call == "GetStatus" && (answer == "no data" || answer == "null data" || answer == "nested very deep" || answer == "data of no object"):
		return true // it is the envelope's status that it asks for
	case call == "GetOrganisation" && answer == "wrong types":
		return false // it looks inside
	}
	return slices.Contains(a.taken, k)
}

// TestHostile_ACrowdIsRefused shows answers below the size cap whose contents
// would take many times their size.
func TestHostile_ACrowdIsRefused(t *testing.T) {
	t.Parallel()
	const crowd = 300_000
	items := strings.Repeat("{},", crowd) + "{}"
	for name, data := range map[string]string{
		"ListAnomalies":       `{"anomalies":[` + items + `]}`,
		"GetMetricTimeseries": `{"timeseries":[` + items + `]}`,
		"GetMetricBundle":     `{"bundle":[` + items + `]}`,
		"GetPattern":          `{"pattern":{"id":1,"layers":[` + items + `]}}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, enveloped(data))
			err := calls()[name].make(t.Context(), b)
			b.Expect(t, err, adaptertest.BadAnswer(), token)
			require.ErrorContains(t, err, "more than")
		})
	}
}

func TestRepeats_OnlyReads(t *testing.T) {
	t.Parallel()
	// One read of each way to make one stands for the others.
	reads := []string{"ListMetrics", "GetMetric", "TestExclusion", "GetStatus", "GetMetricGraph"}
	for name, call := range calls() {
		if call.kind.isRead() && !slices.Contains(reads, name) {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, http.HandlerFunc(adaptertest.Vanish))
			err := call.make(t.Context(), b)
			if call.kind.isRead() {
				b.Expect(t, err, adaptertest.Unavailable(), token)
				require.Equal(t, 3, b.Calls())
				return
			}
			b.Expect(t, err, adaptertest.OutcomeUnknown(), token)
			require.Equal(t, 1, b.Calls())
		})
	}
}

func TestBudget_ActionsDoNotWaitBehindPolls(t *testing.T) {
	t.Parallel()
	b := newBench(t, enveloped(`{"anomalies":[],"watchers":[],"watcher":{"id":1}}`))
	adaptertest.ExerciseBudget(t, b, 120-12, listAnomalies)
	require.NoError(t, listWatchers(t.Context(), b))
	require.NoError(t, createWatcher(t.Context(), b))
}

func TestHostile_StatusesMeanTheSameToEveryCall(t *testing.T) {
	t.Parallel()
	envelope := func(code string) string {
		return `{"status":{"code":` + code + `},"data":{"message":"about ` + token + `"}}`
	}
	for status, tc := range map[int]struct {
		body         string
		read, effect adaptertest.Failure
	}{
		http.StatusBadRequest:         {envelope("400"), adaptertest.Refused(), adaptertest.Refused()},
		http.StatusUnauthorized:       {envelope("401"), adaptertest.CredentialRefused(), adaptertest.CredentialRefused()},
		http.StatusForbidden:          {envelope("403"), adaptertest.Refused(), adaptertest.Refused()},
		http.StatusNotFound:           {envelope("404"), adaptertest.NotFound(), adaptertest.NotFound()},
		http.StatusTooManyRequests:    {envelope("429"), adaptertest.RateLimited(), adaptertest.RateLimited()},
		http.StatusServiceUnavailable: {`<html></html>`, adaptertest.Unavailable(), adaptertest.Unavailable()},
		http.StatusBadGateway:         {envelope("502"), adaptertest.Unavailable(), adaptertest.OutcomeUnknown()},
		http.StatusOK:                 {envelope("404"), adaptertest.NotFound(), adaptertest.NotFound()},
	} {
		for name, call := range calls() {
			if call.kind.isRead() && status == http.StatusBadGateway {
				continue // is repeated, and the exam has a 500
			}
			t.Run(http.StatusText(status)+"/"+name, func(t *testing.T) {
				t.Parallel()
				b := newBench(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					w.Header().Set("Retry-After", "90")
					adaptertest.Answer(status, tc.body).ServeHTTP(w, r)
				}))
				want := tc.effect
				if call.kind.isRead() {
					want = tc.read
				}
				b.Expect(t, call.make(t.Context(), b), want, token)
				require.Equal(t, 1, b.Calls(), "nothing is gained by asking again")
			})
		}
	}
}
