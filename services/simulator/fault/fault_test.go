package fault_test

import (
	"net/http"
	"testing"
	"time"

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
		f := fault.Fault{Vendor: "anura", Kind: kind}
		if kind == fault.ClockSkew {
			f.SkewSeconds = -90
		}
		require.NoError(t, f.Validate(), kind)
	}
}

func TestValidate_SaysAllThatIsWrong(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		fault fault.Fault
		wants []string
	}{
		{fault.Fault{}, []string{"vendor is missing", `kind "" is unknown`}},
		{fault.Fault{Vendor: "anura", Kind: fault.Slow, DelaySeconds: -1, Every: -2}, []string{"delay_s -1", "every -2"}},
		{fault.Fault{Vendor: "anura", Kind: fault.Slow, SkewSeconds: 3}, []string{`about kind "clock_skew", not "slow"`}},
		{fault.Fault{Vendor: "anura", Kind: fault.ClockSkew}, []string{"skew_s is missing"}},
		{fault.Fault{Vendor: "anura", Kind: fault.ClockSkew, SkewSeconds: 9, Count: 1}, []string{"wrong for every call"}},
		{fault.Fault{Vendor: "anura", Kind: fault.Status, Status: 99, Path: "["}, []string{"status 99", "syntax error in pattern"}},
	} {
		err := tc.fault.Validate()
		for _, want := range tc.wants {
			require.ErrorContains(t, err, want)
		}
	}
}

func TestSet_HitsEveryThirdCall(t *testing.T) {
	t.Parallel()
	var set fault.Set
	require.NoError(t, set.Add(fault.Fault{Vendor: "anura", Kind: fault.Reset, Path: "/a", Every: 3, Count: 2}))
	var hits []int
	for call := range 12 {
		if _, ok := set.Take("anura", http.MethodGet, "/a"); ok {
			hits = append(hits, call+1)
		}
		_, ok := set.Take("anura", http.MethodGet, "/b")
		require.False(t, ok, "a call that does not match is not counted")
	}
	require.Equal(t, []int{3, 6}, hits)
	require.Empty(t, set.List())
}

func TestSet_FaultsEndByTheClock(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_700_000_000, 0)
	set := fault.Set{Now: func() time.Time { return now }}
	require.NoError(t, set.Add(fault.Fault{Vendor: "anura", Kind: fault.Reset, ForSeconds: 60}))
	require.NoError(t, set.Add(fault.Fault{Vendor: "anura", Kind: fault.ClockSkew, SkewSeconds: 90, ForSeconds: 30}))
	require.Equal(t, 90*time.Second, set.Skew("anura"))
	require.Zero(t, set.Skew("anodot"))

	now = now.Add(30 * time.Second)
	require.Zero(t, set.Skew("anura"))
	taken, ok := set.Take("anura", http.MethodGet, "/")
	require.True(t, ok)
	require.Equal(t, fault.Reset, taken.Kind)

	now = now.Add(30 * time.Second)
	_, ok = set.Take("anura", http.MethodGet, "/")
	require.False(t, ok)
	require.Empty(t, set.List())
}
