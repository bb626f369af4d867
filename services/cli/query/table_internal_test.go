package query

import (
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// wide is a table of three columns: one that is never cut, one with a bound,
// and the rest of the line.
func wide(width int) table[[]string] {
	cell := func(i int) func([]string) string { return func(row []string) string { return row[i] } }
	return table[[]string]{width: width, columns: []column[[]string]{
		{title: "ID", width: 10, firm: true, cell: cell(0)},
		{title: "RULE", width: 30, cell: cell(1)},
		{title: "DETAIL", cell: cell(2)},
	}}
}

func row() []string {
	return []string{"0123456789", strings.Repeat("r", 40), strings.Repeat("d", 200)}
}

// Whoever pipes a table into another program gets all of it.
func TestTable_IsCutOnATerminalOnly(t *testing.T) {
	t.Parallel()
	var piped strings.Builder
	require.NoError(t, wide(unbounded).print(&piped, [][]string{row()}))
	require.Contains(t, piped.String(), strings.Join(row(), "  ")+"\n")

	for _, width := range []int{200, 80, 40} {
		var shown strings.Builder
		require.NoError(t, wide(width).print(&shown, [][]string{row()}))
		lines := strings.Split(strings.TrimSuffix(shown.String(), "\n"), "\n")
		require.Equal(t, width, utf8.RuneCountInString(lines[1]), "the whole width, and no more")
		require.Contains(t, lines[1], "0123456789  ")
		require.Contains(t, lines[1], "r…")
	}
}

func TestTable_ATerminalTooNarrowKeepsWhatCannotBeCut(t *testing.T) {
	t.Parallel()
	var shown strings.Builder
	require.NoError(t, wide(5).print(&shown, [][]string{row()}))
	require.Contains(t, shown.String(), "0123456789  rrrrrrr…  ddddddd…\n")
}

// A line that the terminal has to break uses all of the lines that it is broken into.
func TestTable_ABrokenLineIsCutNoMoreThanItMust(t *testing.T) {
	t.Parallel()
	var shown strings.Builder
	require.NoError(t, wide(28).print(&shown, [][]string{row()}))
	require.Contains(t, shown.String(), "0123456789  "+strings.Repeat("r", 20)+"…  "+strings.Repeat("d", 20)+"…\n")
}

func TestTable_RowsOneByOneTakeTheWidthOfTheTerminal(t *testing.T) {
	t.Parallel()
	for width, want := range map[int]int{80: 80, unbounded: 10 + 2 + 40 + 2 + 200} {
		one := wide(width)
		require.Equal(t, want, utf8.RuneCountInString(strings.TrimSuffix(one.line(one.row(row()), one.widest()), "\n")))
	}
}

func TestWidthOf_IsThatOfATerminalOnly(t *testing.T) {
	t.Parallel()
	file, err := os.CreateTemp(t.TempDir(), "out")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, file.Close()) })
	require.Equal(t, unbounded, widthOf(file))
	require.Equal(t, unbounded, widthOf(&strings.Builder{}))
}
