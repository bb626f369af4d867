package query_test

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/signalbox-io/signalbox/pkg/inventory"
	"github.com/signalbox-io/signalbox/pkg/rpc"
	queryv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/query/v1"
	sourcev1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/source/v1"
	"github.com/signalbox-io/signalbox/services/query"
)

// reads does what a poller does when it has read n alerts.
func (r *rig) reads(source string, n int) time.Time {
	r.t.Helper()
	at := time.Now().UTC().Truncate(time.Second)
	alerts := make([]*sourcev1.Alert, n)
	for i := range alerts {
		alerts[i] = &sourcev1.Alert{Id: fmt.Sprintf("id/%02d ä", i), Title: "Checkout", Severity: "high", Paused: i%10 == 0}
	}
	require.NoError(r.t, inventory.Keep(r.t.Context(), r.bus.Alerts(), source, alerts, at))
	return at
}

func TestListAlerts_PagesBySourceAndID(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	empty, err := r.client.ListAlerts(t.Context(), &queryv1.ListAlertsRequest{})
	require.NoError(t, err)
	require.Empty(t, empty.GetAlerts())
	r.reads("b", 25)
	r.reads("a", 25)
	var got []string
	request := &queryv1.ListAlertsRequest{PageSize: 7}
	for pages := 1; ; pages++ {
		page, err := r.client.ListAlerts(t.Context(), request)
		require.NoError(t, err)
		for _, alert := range page.GetAlerts() {
			got = append(got, alert.GetSource()+" "+alert.GetId())
		}
		if request.PageToken = page.GetNextPageToken(); request.GetPageToken() == "" {
			require.Equal(t, 8, pages)
			break
		}
	}
	require.Len(t, got, 50)
	require.IsIncreasing(t, got)

	paused, err := r.client.ListAlerts(t.Context(), &queryv1.ListAlertsRequest{Filter: `alert.source == "b" && alert.paused`})
	require.NoError(t, err)
	require.Len(t, paused.GetAlerts(), 3)
	_, err = r.client.ListAlerts(t.Context(), &queryv1.ListAlertsRequest{Filter: `event.id == "x"`})
	requireField(t, err, "filter")
	_, err = r.client.ListAlerts(t.Context(), &queryv1.ListAlertsRequest{Filter: "alert.paused", PageToken: request.GetPageToken() + "x"})
	requireField(t, err, "page_token")
}

func TestGetAlert_SaysWhenItWasRead(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	at := r.reads("anodot-prod", 3)
	answer, err := r.client.GetAlert(t.Context(), &queryv1.GetAlertRequest{Source: "anodot-prod", Id: "id/01 ä"})
	require.NoError(t, err)
	require.Equal(t, "Checkout", answer.GetAlert().GetTitle())
	require.Equal(t, at, answer.GetReadAt().AsTime())
	for _, req := range []*queryv1.GetAlertRequest{{Source: "anodot-prod", Id: "4"}, {Source: "*", Id: ">"}, {Source: "a.b c", Id: "id"}} {
		_, err = r.client.GetAlert(t.Context(), req)
		require.Equal(t, codes.NotFound, status.Code(err))
		require.Equal(t, query.ReasonNotFound, rpc.Reason(err))
	}
	_, err = r.client.GetAlert(t.Context(), &queryv1.GetAlertRequest{Id: "4"})
	requireField(t, err, "source")
	_, err = r.client.GetAlert(t.Context(), &queryv1.GetAlertRequest{Source: "a"})
	requireField(t, err, "id")
}

func TestAlerts_AreServedOverREST(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.reads("anodot-prod", 12)
	code, page := r.get("/v1/alerts?page_size=1" + "&filter=" + url.QueryEscape("alert.paused"))
	require.Equal(t, http.StatusOK, code, page)
	require.Len(t, page["alerts"], 1)
	require.NotEmpty(t, page["nextPageToken"])
	code, one := r.get("/v1/alerts/anodot-prod/" + url.PathEscape("id/00 ä"))
	require.Equal(t, http.StatusOK, code, one)
	require.Equal(t, true, one["alert"].(map[string]any)["paused"])
	require.NotEmpty(t, one["readAt"])
	code, _ = r.get("/v1/alerts/anodot-prod/nobody")
	require.Equal(t, http.StatusNotFound, code)
	code, _ = r.get("/v1/alerts?source=x")
	require.Equal(t, http.StatusBadRequest, code)
}
