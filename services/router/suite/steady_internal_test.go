package suite

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/services/router/engine"
	"github.com/signalbox-io/signalbox/services/router/rule"
)

func TestDifference_SaysWhereRunsPart(t *testing.T) {
	t.Parallel()
	c := &Case{steps: []*step{{name: "a", line: 7}, {name: "b", line: 8}}}
	record := func(step int, sentence, wire string) *Record {
		return &Record{Kind: kindDecision, Subject: "x", Sentence: sentence, step: step, wire: wire}
	}
	run := func(records ...*Record) *machine { return &machine{records: records} }
	v := variant{name: "upside down"}
	usual := run(record(0, "FIRED", "1"), record(1, "MUTED", "2"))
	require.Empty(t, difference(c, usual, run(record(0, "FIRED", "1"), record(1, "MUTED", "2")), v))
	for want, other := range map[string]*machine{
		`b, line 8: decisions gives "x: MUTED" as it stands and "nothing" upside down`:  run(record(0, "FIRED", "1")),
		`b, line 8: decisions gives "x: MUTED" as it stands and "x: FIRED" upside down`: run(record(0, "FIRED", "1"), record(1, "FIRED", "2")),
		`a, line 7: decisions gives "x: FIRED" as it stands and "x: FIRED" upside down`: run(record(0, "FIRED", "3"), record(1, "MUTED", "2")),
		`b, line 8: decisions gives "nothing" as it stands and "x: ERROR" upside down`:  run(record(0, "FIRED", "1"), record(1, "MUTED", "2"), record(1, "ERROR", "2")),
		`b, line 8: decisions gives "x: MUTED" as it stands and "x: MUTED" upside down`: run(record(0, "FIRED", "1"), record(0, "MUTED", "2")),
	} {
		require.Equal(t, want, difference(c, usual, other, v))
	}
	require.Contains(t, unsteadyOf(fmt.Errorf("line 3: %w", errUnsteady), v), "played upside down: line 3: ")
	require.Empty(t, unsteadyOf(nil, v))
	require.Empty(t, faultOf(errUnsteady))
	require.True(t, (&CaseResult{Unsteady: "x"}).Failed())
}

func TestVariants_ArePlayed(t *testing.T) {
	t.Parallel()
	s, err := Load(rule.File{Name: "a_test.yaml", Data: []byte(`rules:
  - {name: one, mode: shadow, on: [feedback]}
tests:
  - name: two votes
    steps: [{id: a, at: "09:00", feedback: {}}, {id: b, at: "09:01", feedback: {}}, {now: "10:00"}]
    expect: {decisions: []}
`)}, nil, Options{})
	require.NoError(t, err)
	stats := map[string]engine.Stats{}
	for _, v := range variants() {
		m, err := play(s, s.Cases[0], v)
		require.NoError(t, err)
		stats[v.name] = m.engine.Stats()
		require.Len(t, m.records, 2, v.name)
	}
	require.Len(t, stats, 4)
	require.EqualValues(t, 2, stats["as it stands"].Events)
	require.Zero(t, stats["with a snapshot and a restore after every step"].Events, "a restored engine counts anew")
	require.EqualValues(t, 2, stats["with every event delivered twice"].Duplicates)
	require.EqualValues(t, 2, stats["with each timer by itself"].Events)
}

func TestLongest_PairsAsManyAsFit(t *testing.T) {
	t.Parallel()
	items := func(words ...string) (out []*expectation) {
		for _, w := range words {
			out = append(out, &expectation{subject: w})
		}
		return out
	}
	records := func(words ...string) (out []*Record) {
		for _, w := range words {
			out = append(out, &Record{Subject: w})
		}
		return out
	}
	for _, c := range []struct {
		items []*expectation
		came  []*Record
		want  [][2]int
	}{
		{items("a", "b", "c"), records("a", "b", "c"), [][2]int{{0, 0}, {1, 1}, {2, 2}}},
		{items("a", "b", "c"), records("b", "c", "a"), [][2]int{{1, 0}, {2, 1}}},
		{items("a", "c"), records("a", "b", "a", "c"), [][2]int{{0, 0}, {1, 3}}},
		{items("a"), nil, nil},
		{nil, records("a"), nil},
	} {
		require.Equal(t, c.want, longest(c.items, c.came, (*expectation).isAbout))
		require.LessOrEqual(t, len(greedy(c.items, c.came, (*expectation).isAbout)), len(c.want))
	}
	require.Equal(t, [][2]int{{0, 1}, {1, 2}}, greedy(items("b", "a"), records("a", "b", "a"), (*expectation).isAbout))
}

func TestMarks_PointAtTheWordsThatDiffer(t *testing.T) {
	t.Parallel()
	for _, c := range [][3]string{
		{"a b c", "a x c", "  ^"},
		{"a b c", "a c", "   ^"},
		{"", "a", "^"},
		{"a", "größer a", "^^^^^^"},
		{"a b", "b a", "  ^"},
	} {
		require.Equal(t, c[2], marks(c[0], c[1]), c)
	}
}
