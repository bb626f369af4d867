package replay_test

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/services/simulator"
	"github.com/signalbox-io/signalbox/services/simulator/replay"
)

const (
	anomalies = `{"id":"skyline|a/x|2014-01-01T00:00:00Z","detector":"skyline","metric":"a/x","site":"s","ts":"2014-01-01T00:00:00Z","value":1,"score":0.5,"threshold":0.4,"labelled":false}
{"id":"skyline|a/x|2014-01-01T00:10:00Z","detector":"skyline","metric":"a/x","site":"s","ts":"2014-01-01T00:10:00Z","value":2.5,"score":0.9,"threshold":0.4,"labelled":true}
{"id":"numentaTM|b.y z|2014-01-01T00:20:00Z","detector":"numentaTM","metric":"b.y z","site":"s","ts":"2014-01-01T00:20:00Z","value":0.000385,"score":1.0,"threshold":0.4,"labelled":false}
`
	siteAnomalies = `{"id":"err5xx|w|2025-09-27T04:01:00Z","detector":"err5xx-share","metric":"w/s5xx","site":"w","ts":"2025-09-27T04:01:00Z","value":91,"score":0.153457,"threshold":0.1}
`
	feedback = `{"id":"fb|AL|skyline|a/x|2014-01-01T00:00:00Z","alert":"skyline|a/x","anomaly_id":"skyline|a/x|2014-01-01T00:00:00Z","user":"AL","verdict":"NOT_INTERESTING","ts":"2014-01-01T00:12:00Z"}
`
	invalidTraffic = `{"id":"ivt|w|2025-09-27T04:01:00Z","site":"w","ts":"2025-09-27T04:01:00Z","invalid":200,"total":500,"share":0.4}
{"id":"ivt|w|2025-09-27T04:02:00Z","site":"w","ts":"2025-09-27T04:02:00Z","invalid":100,"total":200,"share":0.5}
`
	trafficMinute = `ts,site,requests,bot,browser,bytes,s2xx,s3xx,s4xx,s499,s5xx,countries,top_country,top_country_requests
2025-09-27T04:00:00Z,w,377,26,351,2974025,270,77,30,0,0,35,BR,164
2025-09-27T04:01:00Z,w,500,200,300,5454913,405,90,51,0,0,47,BR,213
2025-09-27T04:02:00Z,w,200,100,100,4355627,343,82,35,0,0,45,US,189
`
)

func folder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range map[replay.File]string{
		replay.Anomalies:      anomalies,
		replay.SiteAnomalies:  siteAnomalies,
		replay.Feedback:       feedback,
		replay.InvalidTraffic: invalidTraffic,
	} {
		write(t, dir, name, content)
	}
	writeTraffic(t, dir, trafficMinute)
	return dir
}

func write(t *testing.T, dir string, name replay.File, content string) {
	t.Helper()
	require.NoError(t, os.WriteFile(filepath.Join(dir, string(name)), []byte(content), 0o600))
}

func writeTraffic(t *testing.T, dir, content string) {
	t.Helper()
	file, err := os.Create(filepath.Join(dir, string(replay.TrafficMinute)))
	require.NoError(t, err)
	packed := gzip.NewWriter(file)
	_, err = packed.Write([]byte(content))
	require.NoError(t, err)
	require.NoError(t, packed.Close())
	require.NoError(t, file.Close())
}

type anomaly struct {
	ID        int64
	Metric    string
	Value     float64
	Score     float64
	Timestamp int64
}

func TestRun_AnomaliesKeepTheirIdentity(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	synctest.Test(t, func(t *testing.T) {
		sim := simulator.New(simulator.Options{})
		start := time.Now()
		loaded, err := replay.Load(sim, replay.Options{Dir: dir, Speed: 60})
		require.NoError(t, err)
		require.NoError(t, loaded.Run(t.Context()))
		require.Equal(t, 20*time.Second, time.Since(start), "twenty minutes at sixty times the speed")

		want := []anomaly{
			{replay.AnomalyID(replay.Anomalies, 1), "a/x", 1, 0.5, start.Unix()},
			{replay.AnomalyID(replay.SiteAnomalies, 1), "w/s5xx", 91, 0.153457, start.Add(time.Second).Unix()},
			{replay.AnomalyID(replay.Anomalies, 2), "a/x", 2.5, 0.9, start.Add(10 * time.Second).Unix()},
			{replay.AnomalyID(replay.Anomalies, 3), "b.y z", 0.000385, 1, start.Add(20 * time.Second).Unix()},
		}
		require.Empty(t, cmp.Diff(want, listAnomalies(t, sim)))
	})
}

func TestRun_NothingIsSeenBeforeItsTime(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	synctest.Test(t, func(t *testing.T) {
		sim := simulator.New(simulator.Options{})
		loaded, err := replay.Load(sim, replay.Options{Dir: dir, Speed: 60})
		require.NoError(t, err)
		ctx, cancel := context.WithTimeout(t.Context(), 9999*time.Millisecond)
		defer cancel()
		require.ErrorIs(t, loaded.Run(ctx), context.DeadlineExceeded)
		require.Len(t, listAnomalies(t, sim), 2)
	})
}

func TestRun_SliceAndLimits(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	synctest.Test(t, func(t *testing.T) {
		sim := simulator.New(simulator.Options{})
		start := time.Now()
		loaded, err := replay.Load(sim, replay.Options{
			Dir: dir,
			Detectors: replay.Slice{
				From: time.Date(2014, 1, 1, 0, 9, 0, 0, time.UTC),
				To:   time.Date(2014, 1, 1, 0, 20, 0, 0, time.UTC),
			},
			Limits: map[replay.File]int{replay.SiteAnomalies: 0, replay.TrafficMinute: 2},
		})
		require.NoError(t, err)
		require.Equal(t, 1, loaded.Count(replay.Anomalies))
		require.Equal(t, 0, loaded.Count(replay.SiteAnomalies))
		require.Equal(t, 2, loaded.Count(replay.TrafficMinute))
		require.NoError(t, loaded.Run(t.Context()))

		want := []anomaly{{2, "a/x", 2.5, 0.9, start.Add(time.Minute).Unix()}}
		require.Empty(t, cmp.Diff(want, listAnomalies(t, sim)))
		require.Equal(t, start.Add(time.Minute).Unix(),
			loaded.Clock(replay.Anomalies).WallSeconds(time.Date(2014, 1, 1, 0, 10, 0, 0, time.UTC)))
	})
}

func TestRun_VerdictsAreFeedbackOnKnownAlerts(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	synctest.Test(t, func(t *testing.T) {
		sim := simulator.New(simulator.Options{})
		start := time.Now()
		loaded, err := replay.Load(sim, replay.Options{Dir: dir, Speed: 60})
		require.NoError(t, err)
		require.NoError(t, loaded.Run(t.Context()))

		var token string
		request{"POST", "/anodot/api/v2/access-token", `{"refreshToken":"` + simulator.DefaultAnodotRefreshToken + `"}`, ""}.ask(t, sim, &token)
		var given struct {
			Feedbacks []struct {
				ID, Type, UserName string
				CreatedTime        int64
				AnomalyID          string
				Alerts             []struct {
					Id        string
					AlertName string
					StartTime int64
				}
			}
		}
		request{"GET", "/anodot/api/v2/feedbacks", "", "Bearer " + token}.ask(t, sim, &given)
		require.Len(t, given.Feedbacks, 1)
		got := given.Feedbacks[0]
		require.Equal(t, replay.FeedbackID("fb|AL|skyline|a/x|2014-01-01T00:00:00Z"), got.ID)
		require.Regexp(t, `^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`, got.ID)
		require.Equal(t, "NOT_INTERESTING", got.Type)
		require.Equal(t, start.Add(12*time.Second).Unix(), got.CreatedTime)
		require.Contains(t, got.AnomalyID, "anomalies=;0("+replay.AnomalyHex("skyline|a/x|2014-01-01T00:00:00Z")+")")
		require.Equal(t, start.Unix(), got.Alerts[0].StartTime)

		alert, ok := sim.Anodot.Alert(replay.AlertID("skyline|a/x"))
		require.True(t, ok)
		require.Equal(t, "skyline|a/x", alert.Configuration.Title)
		require.True(t, strings.HasSuffix(got.Alerts[0].Id, "/#!/alerts/"+alert.ID))
	})
}

func TestRun_TrafficReachesThreeVendors(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	synctest.Test(t, func(t *testing.T) {
		sim := simulator.New(simulator.Options{})
		start := time.Now()
		loaded, err := replay.Load(sim, replay.Options{Dir: dir, Speed: 60})
		require.NoError(t, err)
		require.NoError(t, loaded.Run(t.Context()))

		today := start.UTC().Format("20060102")
		var overview struct {
			Total struct{ Suspect, NonSuspect int }
		}
		request{
			"POST", "/anura/v1/direct/overview",
			`{"token":"` + simulator.DefaultAnuraToken + `","campaign":"w","start":` + today + `,"end":` + today + `}`, "",
		}.ask(t, sim, &overview)
		require.Equal(t, 300, overview.Total.Suspect)
		require.Equal(t, 400, overview.Total.NonSuspect)

		var report struct {
			Records []struct {
				ID, Site, Minute string
				Requests, Bots   int
				Share            float64
			}
		}
		request{"GET", "/secure-reporter/api/call/bot-minutes/", "", basic()}.ask(t, sim, &report)
		require.Len(t, report.Records, 2)
		require.Equal(t, "ivt|w|2025-09-27T04:01:00Z", report.Records[0].ID)
		require.Equal(t, start.Add(time.Second).UTC().Format("2006-01-02 15:04:05"), report.Records[0].Minute)
		require.Equal(t, 200, report.Records[0].Bots)

		var realtime struct {
			ActiveVisitors int
			ActivePages    []any
		}
		key := "Bearer " + simulator.DefaultAnalyticsKey
		request{"GET", "/analytics/api/v2/sites/w/realtime", "", key}.ask(t, sim, &realtime)
		require.Equal(t, 100, realtime.ActiveVisitors)
		require.Len(t, realtime.ActivePages, 1)
		var stats struct{ Visitors, Pageviews int }
		request{"GET", "/analytics/api/v2/sites/w/stats", "", key}.ask(t, sim, &stats)
		require.Equal(t, 751, stats.Visitors)
		require.Equal(t, 1077, stats.Pageviews)
	})
}

func TestClock_MapsDataTimeToWallTime(t *testing.T) {
	t.Parallel()
	data := time.Date(2014, 1, 1, 0, 0, 0, 0, time.UTC)
	wall := time.Date(2026, 5, 1, 12, 0, 0, 250_000_000, time.UTC)
	c := replay.Clock{DataStart: data, WallStart: wall, Speed: 8}

	require.Equal(t, wall, c.Wall(data))
	require.Equal(t, wall.Add(125*time.Millisecond), c.Wall(data.Add(time.Second)))
	require.Equal(t, wall.Add(-time.Second), c.Wall(data.Add(-8*time.Second)))
	require.Equal(t, wall.Unix()+1, c.WallSeconds(data.Add(7*time.Second)))
}

func TestLoad_ErrorsHaveAPlace(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		spoil func(t *testing.T, dir string)
		want  []string
	}{
		"half a line": {func(t *testing.T, dir string) {
			t.Helper()
			write(t, dir, replay.Anomalies, anomalies+`{"id":"x`)
		}, []string{"anomalies.jsonl:4:", "unexpected end of JSON input"}},
		"missing fields": {func(t *testing.T, dir string) {
			t.Helper()
			write(t, dir, replay.SiteAnomalies, `{"id":"x","ts":"2025-09-27T04:01:00Z","value":1}`)
		}, []string{"site_anomalies.jsonl:1:", "metric is missing", "score is missing"}},
		"no anomaly time": {func(t *testing.T, dir string) {
			t.Helper()
			write(t, dir, replay.Feedback, `{"id":"x","alert":"a","anomaly_id":"a","user":"AL","verdict":"GOOD_CATCH","ts":"2025-09-27T04:01:00Z"}`)
		}, []string{"feedback.jsonl:1:", `anomaly_id "a" does not end in a time`}},
		"impossible counts": {func(t *testing.T, dir string) {
			t.Helper()
			write(t, dir, replay.InvalidTraffic, `{"id":"x","site":"w","ts":"2025-09-27T04:01:00Z","invalid":3,"total":2,"share":1.5}`)
		}, []string{"invalid_traffic.jsonl:1:", "invalid 3 is not between 0 and total 2"}},
		"too long a line": {func(t *testing.T, dir string) {
			t.Helper()
			write(t, dir, replay.InvalidTraffic, strings.Repeat(" ", 2<<20))
		}, []string{"invalid_traffic.jsonl:1:", "token too long"}},
		"not packed": {func(t *testing.T, dir string) {
			t.Helper()
			write(t, dir, replay.TrafficMinute, trafficMinute)
		}, []string{"traffic_minute.csv.gz", "gzip: invalid header"}},
		"a column less": {func(t *testing.T, dir string) {
			t.Helper()
			writeTraffic(t, dir, strings.ReplaceAll(trafficMinute, "browser", "people"))
		}, []string{"traffic_minute.csv.gz:1:", "column browser is missing"}},
		"no number": {func(t *testing.T, dir string) {
			t.Helper()
			writeTraffic(t, dir, strings.ReplaceAll(trafficMinute, ",200,100,", ",200,many,"))
		}, []string{"traffic_minute.csv.gz:4:", "bot:", `"many"`}},
		"no file": {func(t *testing.T, dir string) {
			t.Helper()
			require.NoError(t, os.Remove(filepath.Join(dir, string(replay.Feedback))))
		}, []string{"feedback.jsonl", "the folder must hold anomalies.jsonl, site_anomalies.jsonl"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := folder(t)
			tc.spoil(t, dir)
			_, err := replay.Load(simulator.New(simulator.Options{}), replay.Options{Dir: dir})
			for _, part := range tc.want {
				require.ErrorContains(t, err, part)
			}
		})
	}
}

func TestLoad_RefusesWrongOptions(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	sim := simulator.New(simulator.Options{})
	for want, options := range map[string]replay.Options{
		"the folder is missing":      {},
		"speed -1":                   {Dir: dir, Speed: -1},
		"is empty":                   {Dir: dir, Site: replay.Slice{From: time.Unix(2, 0), To: time.Unix(2, 0)}},
		"more than 4 records":        {Dir: dir, MaxRecords: 4},
		"max records -1 is negative": {Dir: dir, MaxRecords: -1},
	} {
		_, err := replay.Load(sim, options)
		require.ErrorContains(t, err, want)
	}
}

func listAnomalies(t *testing.T, sim *simulator.Server) []anomaly {
	t.Helper()
	var answer struct {
		Data struct{ Anomalies []anomaly }
	}
	request{"POST", "/anomify/anomalies", `{"data":{"token":"` + simulator.DefaultAnomifyToken + `"}}`, ""}.ask(t, sim, &answer)
	return answer.Data.Anomalies
}

func basic() string {
	blank := &http.Request{Header: http.Header{}}
	name, secret, _ := strings.Cut(simulator.DefaultSecureReporterToken, ":")
	blank.SetBasicAuth(name, secret)
	return blank.Header.Get("Authorization")
}

type request struct{ method, path, body, authorization string }

// ask asks the simulator without a socket, so that the test's clock goes on.
func (q request) ask(t *testing.T, sim *simulator.Server, into any) {
	t.Helper()
	asked := httptest.NewRequestWithContext(t.Context(), q.method, q.path, strings.NewReader(q.body))
	asked.Header.Set("Content-Type", "application/json")
	asked.Header.Set("Authorization", q.authorization)
	recorder := httptest.NewRecorder()
	sim.Handler().ServeHTTP(recorder, asked)
	require.Equal(t, http.StatusOK, recorder.Code, recorder.Body.String())
	require.NoError(t, json.Unmarshal(recorder.Body.Bytes(), into))
}
