package query

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"golang.org/x/term"

	"github.com/signalbox-io/signalbox/services/cli/text"
)

// tableWidth is how many columns a table takes that goes to no terminal; a
// terminal that is wider is used whole.
const tableWidth = 120

// leastLast is how much of the last column is always shown.
const leastLast = 20

const gap = "  "

// column is one column of a table of records of type T.
type column[T any] struct {
	title string
	// width is the most characters of a cell, 0 for no bound. The last column
	// takes what is left of the line; with width whole it is never cut.
	width int
	cell  func(T) string
}

// whole is the width of a last column that is never cut.
const whole = -1

// table prints records in columns, each as wide as its widest cell.
type table[T any] struct {
	columns []column[T]
	width   int
}

// print writes the heading and the records; nothing for none.
func (t table[T]) print(out io.Writer, records []T) error {
	if len(records) == 0 {
		return nil
	}
	rows := make([][]string, 0, len(records)+1)
	rows = append(rows, t.heading())
	for _, record := range records {
		rows = append(rows, t.row(record))
	}
	return t.write(out, rows, t.measure(rows))
}

func (t table[T]) heading() []string {
	titles := make([]string, len(t.columns))
	for i, c := range t.columns {
		titles[i] = c.title
	}
	return titles
}

func (t table[T]) row(record T) []string {
	cells := make([]string, len(t.columns))
	for i, c := range t.columns {
		cells[i] = text.Line(c.cell(record))
		if cells[i] == "" && i < len(t.columns)-1 {
			cells[i] = "-"
		}
	}
	return cells
}

// measure returns the width of each column for these rows.
func (t table[T]) measure(rows [][]string) []int {
	widths := make([]int, len(t.columns))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	return t.bounded(widths)
}

// widest returns the width that each column has at most, for rows that come
// one by one.
func (t table[T]) widest() []int {
	widths := make([]int, len(t.columns))
	for i, c := range t.columns {
		widths[i] = c.width
	}
	return t.bounded(widths)
}

// bounded cuts widths to the bounds of the columns; the last one gets the rest
// of the line.
func (t table[T]) bounded(widths []int) []int {
	last := len(widths) - 1
	rest := t.width
	for i := range last {
		if bound := t.columns[i].width; bound > 0 {
			widths[i] = min(widths[i], bound)
		}
		rest -= widths[i] + len(gap)
	}
	widths[last] = max(rest, leastLast)
	return widths
}

func (t table[T]) write(out io.Writer, rows [][]string, widths []int) error {
	buffered := bufio.NewWriter(out)
	for _, row := range rows {
		_, _ = buffered.WriteString(t.line(row, widths)) // Flush tells
	}
	if err := buffered.Flush(); err != nil {
		return fmt.Errorf("print the table: %w", err)
	}
	return nil
}

func (t table[T]) line(row []string, widths []int) string {
	var line strings.Builder
	last := len(row) - 1
	for i, cell := range row {
		if i < last || t.columns[i].width != whole {
			cell = text.Cut(cell, widths[i])
		}
		line.WriteString(cell)
		if i < last {
			line.WriteString(strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)) + gap)
		}
	}
	return strings.TrimRight(line.String(), " ") + "\n"
}

// widthOf returns how wide a table on out may be.
func widthOf(out io.Writer) int {
	file, ok := out.(*os.File)
	if !ok {
		return tableWidth
	}
	width, _, err := term.GetSize(int(file.Fd()))
	if err != nil {
		return tableWidth
	}
	return max(width, tableWidth)
}
