package anomify_test

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// documented are the endpoints of the vendor's list that this package imitates.
const documented = `
/anomalies /anomaly/lookup /anomaly/train /anomaly/{anomaly_id}
/exclusion/add /exclusion/delete /exclusion/list /exclusion/test /exclusion/types
/image/anomaly /image/metric
/match/{match_id} /match/{match_id}/graph /match/{match_id}/motif/graph
/metric/{metric_name} /metric/{metric_name}/anomalies /metric/{metric_name}/anomalysummary
/metric/{metric_name}/bundle /metric/{metric_name}/graph /metric/{metric_name}/patterns
/metric/{metric_name}/timeseries /metric/{metric_name}/yhat
/metrics /metrics/mostanomalous /metrics/mostrecentlyanomalous /metrics/mostrecentlymatched
/org/adminalert/{alert_code} /org/adminalerts /org/channels /org/events /org/graph /org/info /org/summary /org/users
/pattern/{pattern_id} /pattern/{pattern_id}/disable /pattern/{pattern_id}/matches /pattern/{pattern_id}/timeseries
/patterns/pending /ping /status
/watcher/create /watcher/{watcher_id}/delete /watcher/{watcher_id}/undelete /watcher/{watcher_id}/update
/watchers/chips /watchers/list
`

// The document prints two samples: a token in a header, and one in a JSON body.
const (
	sampleToken = "2198b4ce0e9884d44b030397a6395b53"
	sampleBody  = `{
    "data": {
        "token": "2198b4ce0e9884d44b030397a6395b53"
    }
}`
)

func TestDocument_BothSamplesOpenEveryEndpointAndNothingElseDoes(t *testing.T) {
	t.Parallel()
	part := regexp.MustCompile(`\{[a-z_]+\}`)
	for path := range strings.FieldsSeq(documented) {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			o := newOrganizationOf(sampleToken)
			path := part.ReplaceAllString(path, "1")
			for name, tc := range map[string]struct{ header, body string }{
				"header": {header: sampleToken},
				"body":   {body: sampleBody},
			} {
				code := o.post(t, path, tc.header, tc.body)
				require.NotEqual(t, http.StatusUnauthorized, code, name)
				require.NotEqual(t, http.StatusMethodNotAllowed, code, name)
			}
			if path != "/ping" && path != "/status" {
				require.Equal(t, http.StatusUnauthorized, o.post(t, path, "wrong", ""))
				require.Equal(t, http.StatusUnauthorized, o.post(t, path, "", ""))
			}
		})
	}
}

func (o *organization) post(t *testing.T, path, token, body string) int {
	t.Helper()
	request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, strings.NewReader(body))
	request.Header.Set("Content-Type", "application/json")
	if token != "" {
		request.Header.Set("X-Auth-Token", token)
	}
	recorder := httptest.NewRecorder()
	o.ServeHTTP(recorder, request)
	return recorder.Code
}

// TestDocument_AnAnomalyHasThePrintedFields compares with the fields that the
// vendor's page of /anomaly/{anomaly_id} prints.
func TestDocument_AnAnomalyHasThePrintedFields(t *testing.T) {
	t.Parallel()
	o := seeded()
	for path, want := range map[string]string{
		"/anomaly/1": "id metric_id metric value timestamp timestamp_string until_timestamp score training patterns positive " +
			"expected_range_lower expected_range_upper pending_patterns",
		"/pattern/6": "id parent_id group_id creator_type creator_user_id creator_user_display_name metric_id metric_name duration " +
			"duration_string anomaly_timestamp created_timestamp created_string enabled origin layers checks matches match_rate " +
			"match_rate_string last_match_timestamp last_match_string label positive anomaly_id anomaly_value deletable graph_url",
		"/org/adminalert/1": "id name wait_seconds expiration_seconds enabled alerts",
	} {
		for name, record := range o.fields(t, path) {
			if name == "anomaly_graph_url" {
				continue
			}
			for field := range strings.FieldsSeq(want) {
				require.Contains(t, string(record), `"`+field+`":`, path)
			}
		}
	}
}
