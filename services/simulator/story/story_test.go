package story_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/services/simulator"
	"github.com/signalbox-io/signalbox/services/simulator/anodot"
	"github.com/signalbox-io/signalbox/services/simulator/story"
)

func TestRun_HappensAtItsOffsets(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		told := story.New(simulator.New(simulator.Options{}), story.Options{Scale: 2})
		start := time.Now()
		var seen []time.Duration
		require.NoError(t, told.Run(t.Context(), func(step story.Step) {
			require.Equal(t, step.Offset, time.Since(start), step.Line)
			seen = append(seen, step.Offset)
		}))
		require.Len(t, seen, len(told.Steps))
		require.IsNonDecreasing(t, seen)
		require.Equal(t, 40*time.Second, seen[len(seen)-1])
	})
}

func TestSteps_ReadWellInEightyColumns(t *testing.T) {
	t.Parallel()
	for _, step := range story.New(simulator.New(simulator.Options{}), story.Options{}).Steps {
		require.Less(t, len(step.Line), 80, step.Line)
		require.True(t, strings.HasSuffix(step.Line, "."), step.Line)
	}
}

func TestRun_VendorsTellIt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sim := simulator.New(simulator.Options{})
		start := time.Now()
		told := story.New(sim, story.Options{})
		require.NoError(t, told.Run(t.Context(), nil))

		require.InDelta(t, 0.46, suspectShare(t, sim, story.CampaignWave), 0.001)
		require.Less(t, suspectShare(t, sim, story.CampaignCalm), 0.1)

		var realtime struct{ ActiveVisitors int }
		get(t, sim, "/analytics/api/v2/sites/shop/realtime", &realtime)
		require.Equal(t, 61, realtime.ActiveVisitors)

		var report struct {
			OK      bool
			Records []struct {
				Site           string
				Hour           string
				Requests, Bots float64
			}
		}
		get(t, sim, "/secure-reporter/api/call/bot-traffic/?_days=1", &report)
		require.True(t, report.OK)
		require.Len(t, report.Records, 7)
		require.Equal(t, start.Add(8*time.Second).UTC().Format("2006-01-02 15:04:05"), report.Records[5].Hour)

		var anomalies struct {
			Data struct {
				Anomalies []struct {
					Metric    string
					Score     float64
					Timestamp int64
				}
			}
		}
		get(t, sim, "/anomify/anomalies", &anomalies)
		require.Len(t, anomalies.Data.Anomalies, 3)
		require.Equal(t, story.MetricConversions, anomalies.Data.Anomalies[0].Metric)
		require.Equal(t, start.Add(12*time.Second).Unix(), anomalies.Data.Anomalies[0].Timestamp)
		require.Equal(t, story.MetricRevenue, anomalies.Data.Anomalies[1].Metric)
		require.Less(t, anomalies.Data.Anomalies[2].Score, 0.9)
	})
}

func TestRun_PushesOneFiring(t *testing.T) {
	t.Parallel()
	pushed := make(chan string, 2)
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		pushed <- string(body)
	}))
	t.Cleanup(hook.Close)
	sim := simulator.New(simulator.Options{})
	sim.Anodot.AddWebhook(anodot.Webhook{Name: "test", URL: hook.URL})
	require.NoError(t, story.New(sim, story.Options{Scale: 0.01}).Run(t.Context(), nil))
	require.Len(t, pushed, 1)
	require.Contains(t, <-pushed, story.AlertNoisy)
}

func TestRun_TwoPeopleDislikeOneAlert(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sim := simulator.New(simulator.Options{})
		require.NoError(t, story.New(sim, story.Options{}).Run(t.Context(), nil))

		var alerts []struct{ ID string }
		get(t, sim, "/anodot/api/v2/alerts", &alerts)
		require.Len(t, alerts, 6)

		var given struct {
			Feedbacks []struct {
				Type, UserName string
				Alerts         []struct{ Id string }
			}
		}
		get(t, sim, "/anodot/api/v2/feedbacks", &given)
		require.Len(t, given.Feedbacks, 3)
		people := map[string]bool{}
		for _, f := range given.Feedbacks {
			if strings.HasPrefix(f.Type, "NOT_INTER") {
				require.Contains(t, f.Alerts[0].Id, story.AlertNoisy)
				people[f.UserName] = true
			}
		}
		require.Equal(t, map[string]bool{story.PersonOne: true, story.PersonTwo: true}, people)
	})
}

// get asks the simulator without a socket, with every vendor's credential.
func get(t *testing.T, sim *simulator.Server, path string, into any) {
	t.Helper()
	request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, http.NoBody)
	request.Header.Set("X-Auth-Token", simulator.DefaultAnomifyToken)
	switch {
	case strings.HasPrefix(path, "/anodot"):
		request.Header.Set("Authorization", "Bearer "+anodotToken(t, sim))
	case strings.HasPrefix(path, "/analytics"):
		request.Header.Set("Authorization", "Bearer "+simulator.DefaultAnalyticsKey)
	default:
		name, secret, _ := strings.Cut(simulator.DefaultSecureReporterToken, ":")
		request.SetBasicAuth(name, secret)
	}
	decode(t, sim, request, into)
}

func post(t *testing.T, sim *simulator.Server, path, body string, into any) {
	t.Helper()
	decode(t, sim, httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, strings.NewReader(body)), into)
}

func decode(t *testing.T, sim *simulator.Server, request *http.Request, into any) {
	t.Helper()
	recorder := httptest.NewRecorder()
	sim.Handler().ServeHTTP(recorder, request)
	body, err := io.ReadAll(recorder.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, recorder.Code, string(body))
	require.NoError(t, json.Unmarshal(body, into), string(body))
}

func anodotToken(t *testing.T, sim *simulator.Server) string {
	t.Helper()
	var token string
	post(t, sim, "/anodot/api/v2/access-token", `{"refreshToken":"`+simulator.DefaultAnodotRefreshToken+`"}`, &token)
	return token
}

func suspectShare(t *testing.T, sim *simulator.Server, campaign string) float64 {
	t.Helper()
	today := sim.Now().UTC().Format("20060102")
	var overview struct {
		Total struct{ Suspect, NonSuspect float64 }
	}
	post(t, sim, "/anura/v1/direct/overview", `{"token":"`+simulator.DefaultAnuraToken+`","start":`+today+`,"end":`+today+
		`,"instance":1001,"campaign":"`+campaign+`"}`, &overview)
	return overview.Total.Suspect / (overview.Total.Suspect + overview.Total.NonSuspect)
}
