package query

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/term"

	"github.com/signalbox-io/signalbox/services/cli/text"
)

// unbounded is the width of what is no terminal: nothing is cut there, because
// a program or a file may want all of it.
const unbounded = 0

// leastCell is how much of a cell is always shown.
const leastCell = 8

const gap = "  "

// column is one column of a table of records of type T.
type column[T any] struct {
	title string
	// width is the most characters that a cell takes of a terminal, 0 for no
	// bound. Rows that come one by one are laid out with it.
	width int
	// firm says that a cell is of no use in parts: it is never cut.
	firm bool
	cell func(T) string
}

// table prints records in columns, each as wide as its widest cell. On a
// terminal the columns that are not firm are cut so that a line fits; where it
// cannot, the terminal breaks it, and cells take the room of the lines that it needs.
type table[T any] struct {
	columns []column[T]
	// width of the terminal, or unbounded.
	width int
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

// widest returns the width of each column for rows that come one by one.
func (t table[T]) widest() []int {
	widths := make([]int, len(t.columns))
	for i, c := range t.columns {
		widths[i] = c.width
	}
	if last := len(widths) - 1; t.width != unbounded && widths[last] == 0 {
		widths[last] = t.width // fitted leaves what there is
	}
	return t.bounded(widths)
}

// bounded cuts widths to the bounds of the columns and of the terminal.
func (t table[T]) bounded(widths []int) []int {
	if t.width == unbounded {
		return widths
	}
	for i, c := range t.columns {
		if c.width > 0 && !c.firm {
			widths[i] = min(widths[i], c.width)
		}
	}
	for room := t.room(widths); t.lineWidth(widths) > room; {
		widths[t.widestToCut(widths)]--
	}
	return widths
}

// room is how many characters a line may have: as many lines of the terminal as it
// takes with every column cut as far as it may be.
func (t table[T]) room(widths []int) int {
	least := slices.Clone(widths)
	for i, c := range t.columns {
		if !c.firm {
			least[i] = min(least[i], leastCell)
		}
	}
	return (t.lineWidth(least) + t.width - 1) / t.width * t.width
}

func (t table[T]) lineWidth(widths []int) int {
	sum := len(gap) * (len(widths) - 1)
	for _, width := range widths {
		sum += width
	}
	return sum
}

// widestToCut returns the column that can best do with less; there is one.
func (t table[T]) widestToCut(widths []int) int {
	found := -1
	for i, width := range widths {
		if !t.columns[i].firm && width > leastCell && (found < 0 || width >= widths[found]) {
			found = i
		}
	}
	return found
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
	for i, cell := range row {
		if t.width != unbounded && !t.columns[i].firm {
			cell = text.Cut(cell, widths[i])
		}
		line.WriteString(cell)
		line.WriteString(strings.Repeat(" ", max(0, widths[i]-utf8.RuneCountInString(cell))) + gap)
	}
	return strings.TrimRight(line.String(), " ") + "\n"
}

// widthOf returns how wide the terminal is, unbounded if out is none.
func widthOf(out io.Writer) int {
	file, ok := out.(*os.File)
	if !ok {
		return unbounded
	}
	width, _, err := term.GetSize(int(file.Fd()))
	if err != nil {
		return unbounded
	}
	return width
}
