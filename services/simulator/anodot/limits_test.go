package anodot_test

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/services/simulator/anodot"
)

func TestBudgets_OfDataStreams(t *testing.T) {
	t.Parallel()
	for class, tc := range map[string]struct {
		method, path string
		limit        int
	}{
		"stream_read":   {http.MethodGet, "/api/v2/bc/data-streams", 10},
		"stream_write":  {http.MethodPut, "/api/v2/bc/data-streams/a/state/pause", 1},
		"stream_delete": {http.MethodDelete, "/api/v2/bc/data-streams/a", 15},
		"anomalies":     {http.MethodGet, "/api/v2/anomalies", 1000},
	} {
		a := newAccount(anodot.Options{})
		token := a.token(t)
		for range tc.limit {
			require.NotEqual(t, http.StatusBadRequest, a.call(t, tc.method, tc.path, "", token).Code, class)
		}
		require.Equal(t, http.StatusBadRequest, a.call(t, tc.method, tc.path, "", token).Code, class)
		excesses, total := a.log.Excesses()
		require.Equal(t, 1, total)
		require.Equal(t, class, excesses[0].Class)
		require.Equal(t, tc.limit, excesses[0].LimitPerMinute)
		a.now = a.now.Add(time.Minute)
		require.NotEqual(t, http.StatusBadRequest, a.call(t, tc.method, tc.path, "", token).Code, class)
	}
}

func TestMetrics_EachFaultHasTheReferencesCode(t *testing.T) {
	t.Parallel()
	const key = "collect-me"
	a := newAccount(anodot.Options{DataCollectionKey: key})
	long := strings.Repeat("x", 151)
	many := map[string]string{"what": "x"}
	for i := range 20 {
		many["p"+strconv.Itoa(i)] = "x"
	}
	manyJSON, err := json.Marshal(many)
	require.NoError(t, err)
	post := func(query, body string) (int, string) {
		got := a.call(t, http.MethodPost, "/api/v1/metrics?"+query, body, "")
		return got.Code, got.Body.String()
	}
	const query = "token=" + key + "&protocol=anodot20"
	for code, sample := range map[int]string{
		2004: `{"properties":{},"timestamp":1,"value":1}`,
		2005: `{"properties":` + string(manyJSON) + `,"timestamp":1,"value":1}`,
		2006: `{"properties":{"":"x"},"timestamp":1,"value":1}`,
		2007: `{"properties":{"` + long + `":"x"},"timestamp":1,"value":1}`,
		2008: `{"properties":{"what":""},"timestamp":1,"value":1}`,
		2009: `{"properties":{"what":"` + long + `"},"timestamp":1,"value":1}`,
		2010: `{"properties":{"a.b":"x"},"timestamp":1,"value":1}`,
		2011: `{"properties":{"what":"a b"},"timestamp":1,"value":1}`,
		2012: `{"properties":{"host":"x"},"timestamp":1,"value":1}`,
		2014: `{"properties":{"what":"x"},"tags":{"":["x"]},"timestamp":1,"value":1}`,
		2015: `{"properties":{"what":"x"},"tags":{"` + long + `":["x"]},"timestamp":1,"value":1}`,
		2016: `{"properties":{"what":"x"},"tags":{"t":[""]},"timestamp":1,"value":1}`,
		2017: `{"properties":{"what":"x"},"tags":{"t":["` + long + `"]},"timestamp":1,"value":1}`,
		2018: `{"properties":{"what":"x"},"tags":{"t t":["x"]},"timestamp":1,"value":1}`,
		2019: `{"properties":{"what":"x"},"tags":{"t":["x=y"]},"timestamp":1,"value":1}`,
		2020: `{"properties":{"what":"x"},"value":1}`,
		2021: `{"properties":{"what":"x"},"timestamp":"now","value":1}`,
		2022: `{"properties":{"what":"x"},"timestamp":4000000000,"value":1}`,
		2023: `{"properties":{"what":"x"},"timestamp":-1,"value":1}`,
		2024: `{"properties":{"what":"x"},"timestamp":1}`,
		2025: `{"properties":{"what":"x"},"timestamp":1,"value":"many"}`,
		2030: `{"properties":{"what":"x","target_type":"sum"},"timestamp":1,"value":1}`,
	} {
		status, body := post(query, `[{"properties":{"what":"x"},"timestamp":1,"value":1},`+sample+`]`)
		require.Equal(t, http.StatusOK, status)
		require.Contains(t, body, `{"errors":[{"index":1,"error":`+strconv.Itoa(code)+`,`, sample)
	}
	_, body := post(query, `[{"properties":{"what":"x"},"timestamp":1,"value":1}]`)
	require.JSONEq(t, `{"errors":[]}`, body)
	for wrong, want := range map[string]string{"token=" + key: `"error":2029`, "protocol=anodot20": `"error":2001`} {
		_, body := post(wrong, `[]`)
		require.Contains(t, body, want)
	}
	_, body = post(query, `{`)
	require.Contains(t, body, `"error":1001`)
}

func TestUserEvents_ErrorsAreThePrintedOnes(t *testing.T) {
	t.Parallel()
	a := newAccount(anodot.Options{})
	token := a.token(t)
	got := a.call(t, http.MethodGet, "/api/v2/user-events/none", "", token)
	require.Equal(t, http.StatusNotFound, got.Code)
	require.JSONEq(t, `{"errors":[{"index":null,"error":3016,"description":"event with this id does not exit"}]}`, got.Body.String())
	got = a.call(t, http.MethodPost, "/api/v2/user-events", `{"event":{"title":"x"}}`, token)
	require.Equal(t, http.StatusBadRequest, got.Code)
	require.JSONEq(t, `{"error":{"error":3015,"description":"field category is required"}}`, got.Body.String())
}
