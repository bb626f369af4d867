package anodot_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	anodotv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anodot/v1"
	"github.com/signalbox-io/signalbox/services/adapter/adaptertest"
)

func TestListAlerts_Exam(t *testing.T) {
	t.Parallel()
	adaptertest.Read{New: newBench, Call: listAlerts, Secrets: []string{refreshToken, jwt(1)}}.Exercise(t)
}

func TestGetAlert_Exam(t *testing.T) {
	t.Parallel()
	adaptertest.Read{
		New:     newBench,
		Secrets: []string{refreshToken, jwt(1)},
		Call: func(ctx context.Context, b *adaptertest.Bench) error {
			_, err := clientOf(b).GetAlert(ctx, &anodotv1.GetAlertRequest{Source: adaptertest.Source, AlertId: alertID})
			return err
		},
	}.Exercise(t)
}

func TestListAlerts_AsTheDocumentShowsThem(t *testing.T) {
	t.Parallel()
	b := newBench(t, adaptertest.Answer(http.StatusOK, adaptertest.Recorded(t, "alerts.json")))
	got, err := clientOf(b).ListAlerts(t.Context(), &anodotv1.ListAlertsRequest{Source: adaptertest.Source})
	require.NoError(t, err)
	adaptertest.Golden(t, "alerts.golden.json", got)

	requests := b.Requests()
	require.Len(t, requests, 2)
	require.Equal(t, http.MethodGet, requests[1].Method)
	require.Equal(t, "/api/v2/alerts", requests[1].Path)
	require.Empty(t, requests[1].Query)
	require.Empty(t, requests[1].Body)
	require.Equal(t, "Bearer "+jwt(1), requests[1].Header.Get("Authorization"))
}

func TestListAlerts_StatesAndShapes(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		record string
		want   string
	}{
		"active":          {`{"id":"a","state":{"state":"active","pausedTime":1513760272}}`, `{"id":"a","state":"active"}`},
		"live":            {`{"id":"a","state":{"state":"LIVE","pausedTime":null}}`, `{"id":"a","state":"LIVE"}`},
		"paused":          {`{"id":"a","state":{"state":"paused","pausedTime":1513760272,"pausedBy":"ana"}}`, `{"id":"a","state":"paused","paused":true,"pausedAt":"2017-12-20T08:57:52Z","pausedBy":"ana"}`},
		"paused, no time": {`{"id":"a","state":{"state":"PAUSED"}}`, `{"id":"a","state":"PAUSED","paused":true}`},
		"unknown word":    {`{"id":"a","state":{"state":"idle","pausedTime":null}}`, `{"id":"a","state":"idle","stateUnknown":true}`},
		"unknown, a time": {`{"id":"a","state":{"state":"idle","pausedTime":1513760272}}`, `{"id":"a","state":"idle","paused":true,"pausedAt":"2017-12-20T08:57:52Z"}`},
		"no state":        {`{"id":"a"}`, `{"id":"a","stateUnknown":true}`},
		"another kind":    {`{"id":"a","state":"paused"}`, `{"id":"a","stateUnknown":true}`},
		"labels":          {`{"id":"a","state":{"state":"active"},"configuration":{"labels":[{"name":"shop"},"web",7]}}`, `{"id":"a","state":"active","labels":["shop","web"]}`},
		"one type":        {`{"id":7,"state":{"state":"active"},"configuration":{"type":"static","severity":"HIGH","title":7}}`, `{"id":"7","state":"active","types":["static"],"severity":"high"}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, adaptertest.Answer(http.StatusOK, "["+tc.record+"]"))
			got, err := clientOf(b).ListAlerts(t.Context(), &anodotv1.ListAlertsRequest{Source: adaptertest.Source})
			require.NoError(t, err)
			require.Len(t, got.GetAlerts(), 1)
			adaptertest.EqualJSON(t, tc.want, got.GetAlerts()[0])
		})
	}
}

func TestListAlerts_ABadRecordCostsOnlyItself(t *testing.T) {
	t.Parallel()
	b := newBench(t, adaptertest.Answer(http.StatusOK, `[{"id":"a"},7,{"title":"no id"},null,{"id":{"x":1}},{"id":"b"}]`))
	got, err := clientOf(b).ListAlerts(t.Context(), &anodotv1.ListAlertsRequest{Source: adaptertest.Source})
	require.NoError(t, err)
	require.Len(t, got.GetAlerts(), 2)
	require.Equal(t, "b", got.GetAlerts()[1].GetId())
	require.Len(t, got.GetRejected(), 4)
	for i, r := range got.GetRejected() {
		require.EqualValues(t, i+1, r.GetIndex())
		require.NotEmpty(t, r.GetReason())
	}
	require.JSONEq(t, `{"title":"no id"}`, got.GetRejected()[1].GetRaw())
}

func TestGetAlert_IsAskedWhereTheDocumentPutsIt(t *testing.T) {
	t.Parallel()
	b := newBench(t, adaptertest.Answer(http.StatusOK, `{"id":"a b/c","configuration":{"title":"Drop"}}`))
	got, err := clientOf(b).GetAlert(t.Context(), &anodotv1.GetAlertRequest{Source: adaptertest.Source, AlertId: "a b/c"})
	require.NoError(t, err)
	require.Equal(t, "Drop", got.GetAlert().GetTitle())
	require.Equal(t, 1, b.CallsTo("/api/alerts/a%20b%2Fc"))
}

func TestGetAlert_FallsBackToV2OnlyWhereTheListShowsTheID(t *testing.T) {
	t.Parallel()
	mux := http.NewServeMux()
	mux.Handle("GET /api/v2/alerts", adaptertest.Answer(http.StatusOK, `[{"id":"there"}]`))
	mux.Handle("GET /api/v2/alerts/there", adaptertest.Answer(http.StatusOK, `{"id":"there"}`))
	b := newBench(t, mux)
	get := func(id string) error {
		_, err := clientOf(b).GetAlert(t.Context(), &anodotv1.GetAlertRequest{Source: adaptertest.Source, AlertId: id})
		return err
	}
	b.Expect(t, get("gone"), adaptertest.NotFound())
	require.Zero(t, b.CallsTo("/api/v2/alerts/gone"), "a true 404 is not asked for again")
	require.NoError(t, get("there"))
	require.Equal(t, 1, b.CallsTo("/api/alerts/there"))
	require.NoError(t, get("there"))
	require.Equal(t, 1, b.CallsTo("/api/alerts/there"), "what was learned is kept")
	b.Expect(t, get("gone"), adaptertest.NotFound())
}

func TestAlertID_ThatLeadsElsewhereIsRefused(t *testing.T) {
	t.Parallel()
	b := newBench(t, http.NotFoundHandler())
	for _, id := range []string{"", ".", ".."} {
		_, err := clientOf(b).GetAlert(t.Context(), &anodotv1.GetAlertRequest{Source: adaptertest.Source, AlertId: id})
		b.ExpectInvalid(t, err, "alert_id")
		_, err = clientOf(b).PauseAlert(t.Context(), &anodotv1.PauseAlertRequest{Source: adaptertest.Source, AlertId: id})
		b.ExpectInvalid(t, err, "alert_id")
		_, err = clientOf(b).ResumeAlert(t.Context(), &anodotv1.ResumeAlertRequest{Source: adaptertest.Source, AlertId: id})
		b.ExpectInvalid(t, err, "alert_id")
	}
}
