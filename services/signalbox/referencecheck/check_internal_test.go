package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestCheck_MissingDataFails(t *testing.T) {
	t.Parallel()
	err := check{binary: os.Args[0], data: t.TempDir(), out: &strings.Builder{}}.run(t.Context())
	require.ErrorIs(t, err, os.ErrNotExist)
	for _, name := range dataFiles() {
		require.ErrorContains(t, err, name)
	}
	require.ErrorContains(t, err, "make reference DATA=folder")
}

func TestCompareLists_NamesWhatDiffers(t *testing.T) {
	t.Parallel()
	require.Empty(t, compareLists([]byte("a\nb\n"), []byte("a\nb\n")))
	require.Equal(t, []string{"2 actions, expected 2", "action 1 is b, expected a", "action 2 is a, expected b"},
		compareLists([]byte("a\nb\n"), []byte("b\na\n")))
	require.Equal(t, []string{"1 actions, expected 2", "action 2 is none, expected b"},
		compareLists([]byte("a\nb\n"), []byte("a\n")))
	require.Len(t, compareLists([]byte(strings.Repeat("a\n", 100)), nil), maxShown+1)
}

func TestCompareCounts_NamesWhatDiffers(t *testing.T) {
	t.Parallel()
	want := reference{"late": []byte("3"), "muted": []byte("4")}
	require.Empty(t, compareCounts(want, map[string]int{"late": 3}))
	require.Equal(t, []string{"late: 2, expected 3", "other: 1, expected "}, compareCounts(want, map[string]int{"other": 1, "late": 2, "muted": 4}))
}

func TestList_IsWrittenAsTheReferenceIs(t *testing.T) {
	t.Parallel()
	lines := []line{
		{Rule: "pause", Outcome: "FIRED", EventID: "b<", Key: []string{"k2"}, Time: "2026-01-01T00:00:00Z", Actions: []act{{Until: "2026-01-01T06:00:00Z"}}},
		{Rule: "pause", Outcome: "RESUMED", EventID: "a", Key: []string{"k9"}, Time: "2026-01-01T00:00:00Z", Actions: []act{{}}},
		{Rule: "pause", Outcome: "FIRED", EventID: "c", Key: []string{"k1"}, Time: "2026-01-01T00:00:00Z", Actions: []act{{Until: "2026-01-01T06:00:00Z"}}},
		{Rule: "pause", Outcome: "HELD_COUNT"},
		{Rule: "notify", Outcome: "FIRED"},
	}
	got, err := scenario{action: paused, compare: comparePaused}.list(lines)
	require.NoError(t, err)
	require.Equal(t, strings.Join([]string{
		`{"action":"resume","event":"a","key":"k9","ts":"2026-01-01T00:00:00Z"}`,
		`{"action":"pause","event":"c","key":"k1","ts":"2026-01-01T00:00:00Z","until":"2026-01-01T06:00:00Z"}`,
		`{"action":"pause","event":"b<","key":"k2","ts":"2026-01-01T00:00:00Z","until":"2026-01-01T06:00:00Z"}`,
	}, "\n")+"\n", string(got))

	got, err = scenario{action: correlated}.list([]line{{Outcome: "FIRED", EventID: "a", Causes: []string{"c"}, Detail: "lag 1m30s"}})
	require.NoError(t, err)
	require.Contains(t, string(got), `"because":"c","event":"a","key":"","lag_s":90`)
	_, err = scenario{action: correlated}.list([]line{{Outcome: "FIRED", EventID: "a", Detail: "lag 0s"}})
	require.ErrorContains(t, err, "event a: it has 0 causes")
	_, err = scenario{action: counted}.list([]line{{Outcome: "FIRED", EventID: "a", Detail: "many"}})
	require.ErrorContains(t, err, "event a")
}

func TestDelivered_KeepsTheOrderOfArrival(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	events := converted([]record{{ID: "a", TS: at}, {ID: "b", TS: at}}, anomaly)
	got := delivered([]record{{ID: "b", Arrival: at.Add(time.Second)}, {ID: "x"}, {ID: "a", Arrival: at}, {ID: "b", Arrival: at.Add(time.Minute)}}, events)
	require.Len(t, got, 3)
	require.Equal(t, []string{"b", "a", "b"}, []string{got[0].GetId(), got[1].GetId(), got[2].GetId()})
	require.Equal(t, at.Add(time.Minute), got[2].GetObservedAt().AsTime())
	require.Nil(t, events[1].GetObservedAt(), "the event itself stays")
}

func TestScenarios_HaveTheirRules(t *testing.T) {
	t.Parallel()
	for _, s := range scenarios() {
		require.FileExists(t, filepath.Join("rules", s.rules))
		if s.config != "" {
			require.FileExists(t, filepath.Join("rules", s.config))
		}
	}
}
