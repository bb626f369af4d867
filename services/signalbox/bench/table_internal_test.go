package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTable_JudgesOnlyWhatHasABar(t *testing.T) {
	t.Parallel()
	text := table([]row{
		{what: "start", floor: "1 ms", figure: "2 ms", ratio: times(2, 1), bar: "< 1 s", isMet: true},
		{what: "rate", floor: "100/s", figure: "40/s", ratio: share(40, 100), bar: "≥ 50 %"},
		{what: "size", figure: "3.0 MB"},
	})
	require.Contains(t, text, "| start | 1 ms | 2 ms | 2.0 × | < 1 s | ok |\n")
	require.Contains(t, text, "| rate | 100/s | 40/s | 40 % | ≥ 50 % | MISS |\n")
	require.Contains(t, text, "| size | – | 3.0 MB | – | – |  |\n")
}

func TestReplaceFigures_LeavesTheRestOfThePage(t *testing.T) {
	t.Parallel()
	page := "# A\n\n" + markBegin + "\nold\n" + markEnd + "\n\nB\n"
	written, err := replaceFigures(page, "\nnew\n")
	require.NoError(t, err)
	require.Equal(t, "# A\n\n"+markBegin+"\n\nnew\n\n"+markEnd+"\n\nB\n", written)
	again, err := replaceFigures(written, "new")
	require.NoError(t, err)
	require.Equal(t, written, again)
}

func TestReplaceFigures_RefusesAPageWithoutMarks(t *testing.T) {
	t.Parallel()
	for _, page := range []string{"", markBegin, markEnd, markEnd + markBegin} {
		_, err := replaceFigures(page, "new")
		require.Error(t, err, page)
	}
}
