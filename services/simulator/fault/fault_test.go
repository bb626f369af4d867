package fault_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/services/simulator/fault"
)

func TestSet_TakesTheFirstThatMatches(t *testing.T) {
	t.Parallel()
	var set fault.Set
	for _, f := range []fault.Fault{
		{Vendor: "anodot", Kind: fault.Hang, Method: http.MethodPost, Path: "/api/v2/alerts/*/pause", Count: 1},
		{Vendor: "anodot", Kind: fault.Empty, Path: "/api/v2/*", Count: 2},
		{Vendor: "anura", Kind: fault.HTML},
	} {
		require.NoError(t, set.Add(f))
	}
	for _, tc := range []struct {
		vendor, method, path string
		want                 fault.Kind
	}{
		{"anomify", http.MethodGet, "/ping", ""},
		{"anodot", http.MethodGet, "/api/v2/alerts/a/pause", ""},
		{"anodot", http.MethodPost, "/api/v2/alerts/a/pause", fault.Hang},
		{"anodot", http.MethodPost, "/api/v2/alerts/a/pause", ""},
		{"anodot", http.MethodGet, "/api/v2/alerts", fault.Empty},
		{"anodot", http.MethodGet, "/api/v2/feedbacks", fault.Empty},
		{"anodot", http.MethodGet, "/api/v2/feedbacks", ""},
		{"anura", http.MethodPost, "/v1/x", fault.HTML},
		{"anura", http.MethodPost, "/v1/x", fault.HTML},
	} {
		taken, ok := set.Take(tc.vendor, tc.method, tc.path)
		require.Equal(t, tc.want, taken.Kind, tc)
		require.Equal(t, tc.want != "", ok, tc)
	}
	require.Len(t, set.List(), 1)
	set.Clear("anodot")
	require.Len(t, set.List(), 1)
	set.Clear("")
	require.Empty(t, set.List())
}

func TestSet_IsBounded(t *testing.T) {
	t.Parallel()
	var set fault.Set
	for range 1_000 {
		require.NoError(t, set.Add(fault.Fault{Vendor: "anura", Kind: fault.Reset}))
	}
	require.ErrorIs(t, set.Add(fault.Fault{Vendor: "anura", Kind: fault.Reset}), fault.ErrFull)
}

func TestValidate_AcceptsEveryKind(t *testing.T) {
	t.Parallel()
	for _, kind := range fault.Kinds() {
		require.NoError(t, fault.Fault{Vendor: "anura", Kind: kind}.Validate())
	}
}
