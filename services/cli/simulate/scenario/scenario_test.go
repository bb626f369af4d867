package scenario_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/signalbox-io/signalbox/pkg/config/document"
	simulatorv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/simulator/v1"
	"github.com/signalbox-io/signalbox/services/cli/simulate/scenario"
	"github.com/signalbox-io/signalbox/services/simulator"
	"github.com/signalbox-io/signalbox/services/simulator/fault"
	"github.com/signalbox-io/signalbox/services/simulator/story"
)

func read(t *testing.T, text string) *simulatorv1.Scenario {
	t.Helper()
	s, err := scenario.Read("s.yaml", []byte(text))
	require.NoError(t, err)
	return s
}

// line is what was told, and when since the start.
type line struct {
	after time.Duration
	text  string
}

func play(t *testing.T, sim *simulator.Server, s *simulatorv1.Scenario, speed float64) []line {
	t.Helper()
	start := time.Now()
	var told []line
	require.NoError(t, scenario.New(sim, s, speed).Run(t.Context(), func(text string) {
		told = append(told, line{time.Since(start), text})
	}))
	return told
}

func TestRun_TellsInTheOrderOfTheTimes(t *testing.T) {
	t.Parallel()
	s := read(t, `
happenings:
  - {at: 2m, every: 2m, until: 6m, site_visitors: {site: shop, visitors: 7}}
  - {at: 1m, anomify_anomaly: {metric: m, value: 3, lasts: 4m}}
faults:
  - {at: 3m, lasts: 30s, vendor: anura, kind: reset}
`)
	want := []line{
		{1 * time.Minute, "Anomify: m is 3, which is odd (0.9)."},
		{2 * time.Minute, "Analytics: 7 people are on shop."},
		{3 * time.Minute, "fault: reset at anura"},
		{4 * time.Minute, "Analytics: 7 people are on shop."},
		{5 * time.Minute, "Anomify: m is as expected again."},
		{6 * time.Minute, "Analytics: 7 people are on shop."},
	}
	for _, speed := range []float64{1, 4} {
		synctest.Test(t, func(t *testing.T) {
			told := play(t, simulator.New(simulator.Options{}), s, speed)
			for i := range told {
				told[i].after = time.Duration(float64(told[i].after) * speed)
			}
			require.Equal(t, want, told)
		})
	}
}

func TestRun_FaultsComeAndGo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sim := simulator.New(simulator.Options{})
		s := read(t, `faults: [{at: 1m, every: 10m, until: 30m, lasts: 1m, vendor: analytics, kind: status, status: 503}]`)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		played := make(chan error, 1)
		go func() { played <- scenario.New(sim, s, 1).Run(ctx, func(string) {}) }()
		var broken []int
		<-time.After(30 * time.Second)
		for minute := range 35 {
			if status(sim, "/analytics/api/v2/sites") == http.StatusServiceUnavailable {
				broken = append(broken, minute)
			}
			<-time.After(time.Minute)
		}
		require.NoError(t, <-played)
		require.Equal(t, []int{1, 11, 21}, broken)
	})
}

func TestRun_FactsAreAtTheVendors(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var pushed []string
		sim := simulator.New(simulator.Options{})
		s := read(t, `
alerts: [{id: a1, title: Drop, severity: high}]
happenings:
  - anodot_feedback: {alert: a1, user: ana@example.com}
  - anodot_firing: {alert: a1, lasts: 1m}
  - {every: 1m, until: 2m, report_row: {report: bots, texts: {id: "row-${n}"}, numbers: {bots: 0.5}, time_column: at}}
  - anura_requests: {instance: 7, campaign: sale, suspect: 2, non_suspect: 8}
  - site_hits: {site: shop, visitors: 4, pageviews: 9, events: {signup: 2}}
`)
		for _, l := range play(t, sim, s, 1) {
			pushed = append(pushed, l.text)
		}
		require.Contains(t, pushed, `Anodot: "Drop" fires no more.`)
		require.Contains(t, get(t, sim, "/anodot/api/v2/feedbacks"), `"type":"NOT_INTERESTING"`)
		require.Contains(t, get(t, sim, "/anodot/api/v2/alerts/triggered"), `"status":"CLOSE"`)
		report := get(t, sim, "/secure-reporter/api/call/bots/")
		for _, want := range []string{`"row-1"`, `"row-3"`, `"bots":0.5`, `"at":"2000-01-01 00:02:00"`} {
			require.Contains(t, report, want)
		}
		require.Contains(t, get(t, sim, "/analytics/api/v2/sites/shop/stats"), `"pageviews":9`)
		require.Contains(t, get(t, sim, "/analytics/api/v2/sites/shop/events"), `signup`)
	})
}

func TestRun_PushesFirings(t *testing.T) {
	t.Parallel()
	var bodies []string
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		bodies = append(bodies, string(body))
		if len(bodies) > 1 {
			w.WriteHeader(http.StatusTeapot)
		}
	}))
	t.Cleanup(hook.Close)
	s := read(t, "anodot_webhook: "+hook.URL+`/hooks/anodot/x
alerts: [{id: a1, title: Drop}]
happenings: [{anodot_firing: {alert: a1, lasts: 10s, push: true}}]
`)
	told := play(t, simulator.New(simulator.Options{}), s, 100)
	require.Len(t, bodies, 2)
	require.Contains(t, bodies[0], "a1")
	require.Equal(t, `Anodot: "Drop" fires no more.: it did not work: the webhook answers 418`, told[1].text)
}

func TestRun_TellsTheStoryBeside(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sim := simulator.New(simulator.Options{})
		s := read(t, "story: demo\nhappenings: [{at: 1s, site_visitors: {site: "+story.Site+", visitors: 7}}, {at: 1s, report_row: {report: "+story.Report+"}}]")
		told := play(t, sim, s, 2)
		require.Greater(t, len(told), 10)
		require.Contains(t, get(t, sim, "/secure-reporter/api/call/"+story.Report+"/"), `"bots":480`, "the story's report is kept")
	})
}

func TestRun_EndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s := read(t, "happenings: [{at: 1h, site_visitors: {site: shop}}]")
	require.ErrorIs(t, scenario.New(simulator.New(simulator.Options{}), s, 1).Run(ctx, func(string) {}), context.Canceled)
}

func TestRead_SaysWhereAndWhatIsWrong(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		text  string
		wants []string
	}{
		"key":      {"happening: []", []string{"s.yaml:1:1: happening: there is no such key; expected one of"}},
		"nothing":  {"happenings: [{at: 1m}]", []string{"s.yaml:1:14: happenings[0]: nothing happens; name one of"}},
		"two":      {"happenings: [{site_hits: {site: a}, site_visitors: {site: a}}]", []string{"site_hits is set already"}},
		"duration": {"happenings: [{at: soon, site_visitors: {site: a}}]", []string{`s.yaml:1:19: happenings[0].at: "soon" is no duration`}},
		"negative": {"happenings: [{at: -1m, site_visitors: {site: a}}]", []string{"it is negative"}},
		"until":    {"happenings: [{until: 1m, site_visitors: {site: a}}]", []string{"say so with every"}},
		"zero":     {"happenings: [{every: 0s, site_visitors: {site: a}}]", []string{"leave it out for what comes once"}},
		"needs": {"happenings: [{anodot_feedback: {verdict: bad}}]", []string{
			"anodot_feedback.alert: it is missing", "anodot_feedback.user: it is missing", `"bad" is none of`,
		}},
		"number":   {"happenings: [{anomify_anomaly: {metric: m, value: much}}]", []string{"value: expected a number, got a text"}},
		"score":    {"happenings: [{anomify_anomaly: {metric: m, score: 2}}]", []string{"2 is outside 0 to 1"}},
		"instance": {"happenings: [{anura_requests: {suspect: -1}}]", []string{"instance: 0 is below 1", "suspect: -1 is below 0"}},
		"push":     {"happenings: [{anodot_firing: {alert: a, push: true}}]", []string{"nowhere to push to; set anodot_webhook"}},
		"webhook":  {"anodot_webhook: x-secret", []string{"anodot_webhook: it is no address"}},
		"story":    {"story: drama", []string{`there is no story "drama"; write demo`}},
		"vendor":   {"faults: [{vendor: acme, kind: reset}]", []string{`faults[0].vendor: "acme" is none of`}},
		"kind":     {"faults: [{vendor: anura, kind: bad}]", []string{`faults[0]: kind "bad" is unknown, use one of`}},
		"endless":  {"faults: [{vendor: anura, kind: reset, every: 1m}]", []string{"must end; set lasts or count"}},
		"skew":     {"faults: [{vendor: anura, kind: clock_skew}]", []string{"skew_s is missing"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := scenario.Read("s.yaml", []byte(tc.text))
			require.ErrorAs(t, err, new(document.Problems))
			for _, want := range tc.wants {
				require.ErrorContains(t, err, want)
			}
			require.NotContains(t, err.Error(), "x-secret")
		})
	}
	_, err := scenario.Open("missing.yaml")
	require.ErrorContains(t, err, "read the scenario: open missing.yaml")
}

// The example is where people learn what a scenario can say.
func TestOpen_TheExampleHasEveryKey(t *testing.T) {
	t.Parallel()
	s, err := scenario.Open("../../../../deploy/scenarios/bad-day.yaml")
	require.NoError(t, err)
	text, err := os.ReadFile("../../../../deploy/scenarios/bad-day.yaml")
	require.NoError(t, err)
	set := map[string]bool{}
	for _, key := range []string{"story", "anodot_webhook"} {
		set["Scenario."+key] = strings.Contains(string(text), "\n# "+key+": ")
	}
	note(s.ProtoReflect(), set)
	missing := []string{}
	file := s.ProtoReflect().Descriptor().ParentFile()
	for i := range file.Messages().Len() {
		message := file.Messages().Get(i)
		for j := range message.Fields().Len() {
			if key := string(message.Name()) + "." + string(message.Fields().Get(j).Name()); !set[key] {
				missing = append(missing, key)
			}
		}
	}
	require.Equal(t, []string{"AnodotFiring.push"}, missing, "the example works without a webhook receiver")
	page, err := os.ReadFile("../../../../docs/simulator.md")
	require.NoError(t, err)
	for _, kind := range fault.Kinds() {
		require.Contains(t, string(page), "`"+string(kind)+"`")
	}
}

func note(m protoreflect.Message, set map[string]bool) {
	m.Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		set[string(m.Descriptor().Name())+"."+string(field.Name())] = true
		switch {
		case field.IsMap() || field.Message() == nil:
		case field.IsList():
			for i := range value.List().Len() {
				note(value.List().Get(i).Message(), set)
			}
		default:
			note(value.Message(), set)
		}
		return true
	})
}

func status(sim *simulator.Server, path string) int {
	recorder := httptest.NewRecorder()
	sim.Handler().ServeHTTP(recorder, httptest.NewRequestWithContext(context.Background(), http.MethodGet, path, http.NoBody))
	return recorder.Code
}

// get asks the simulator without a socket, with every vendor's credential.
func get(t *testing.T, sim *simulator.Server, path string) string {
	t.Helper()
	request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, http.NoBody)
	switch {
	case strings.HasPrefix(path, "/anodot"):
		request.Header.Set("Authorization", "Bearer "+anodotToken(t, sim))
	case strings.HasPrefix(path, "/analytics"):
		request.Header.Set("Authorization", "Bearer "+simulator.DefaultAnalyticsKey)
	default:
		name, secret, _ := strings.Cut(simulator.DefaultSecureReporterToken, ":")
		request.SetBasicAuth(name, secret)
	}
	recorder := httptest.NewRecorder()
	sim.Handler().ServeHTTP(recorder, request)
	require.Equal(t, http.StatusOK, recorder.Code, recorder.Body)
	return recorder.Body.String()
}

func anodotToken(t *testing.T, sim *simulator.Server) string {
	t.Helper()
	recorder := httptest.NewRecorder()
	sim.Handler().ServeHTTP(recorder, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/anodot/api/v2/access-token",
		strings.NewReader(`{"refreshToken":"`+simulator.DefaultAnodotRefreshToken+`"}`)))
	var token string
	require.NoError(t, json.Unmarshal(recorder.Body.Bytes(), &token))
	return token
}
