package suite

import (
	"cmp"
	"slices"
	"strings"
)

// State says how a row of a comparison came out.
type State string

// The states of a row.
const (
	// Same is as expected.
	Same State = "same"
	// Differs is about the same thing and says something else.
	Differs State = "differs"
	// Missing was expected and did not come.
	Missing State = "missing"
	// Unexpected came and nothing expects it.
	Unexpected State = "unexpected"
)

// Row sets one expectation beside what came.
type Row struct {
	State State
	// Kind is decisions, actions, leases or notifications.
	Kind string
	// Subject is what both are about.
	Subject string
	// Step names the step that gave it, or that expected it; empty where the
	// case as a whole does.
	Step string
	// Line is where the expectation stands, or the step that gave what nothing
	// expects; counted from 1.
	Line int
	// Want and Got are the sentences, empty where there is none. Of an
	// expectation that is a mapping Want and Got have the fields that differ.
	Want, Got string
	// Why says why something else came, where that can be told.
	Why string

	record *Record
	item   *expectation
	at     int // the step, of what did not come that of what stands before it
}

// table compares what came with what was expected, kind by kind.
func table(c *Case, records []*Record) []Row {
	var rows []Row
	for _, kind := range expectationKeys() {
		var came []*Record
		for _, r := range records {
			if r.Kind == kind && (len(c.only) == 0 || r.rule == "" || slices.Contains(c.only, r.rule)) {
				came = append(came, r)
			}
		}
		rows = append(rows, c.compareKind(kind, came)...)
	}
	return rows
}

// compareKind compares one kind. A step that says what it gives takes that out
// of what the case says as a whole.
func (c *Case) compareKind(kind string, came []*Record) []Row {
	var rows []Row
	asked := false
	for i, s := range c.steps {
		if s.want == nil || *s.want.list(kind) == nil {
			continue
		}
		asked = true
		var own []*Record
		own, came = split(came, i)
		for _, row := range c.align(kind, (*s.want.list(kind)).items, own, s.name) {
			row.at = i
			rows = append(rows, row)
		}
	}
	var items []*expectation
	if c.want != nil && *c.want.list(kind) != nil {
		asked = true
		items = (*c.want.list(kind)).items
	}
	if !asked {
		return nil
	}
	rows = append(rows, c.align(kind, items, came, "")...)
	slices.SortStableFunc(rows, func(a, b Row) int { return cmp.Compare(a.at, b.at) })
	return rows
}

// split takes the records of a step out of the others.
func split(came []*Record, step int) (own, others []*Record) {
	for _, r := range came {
		if r.step == step {
			own = append(own, r)
		} else {
			others = append(others, r)
		}
	}
	return own, others
}

// align sets the expectations beside the records, in order: as many as fit, and
// of the rest those that are about the same thing.
func (c *Case) align(kind string, items []*expectation, came []*Record, step string) []Row {
	fits := longest(items, came, func(e *expectation, r *Record) bool { return len(e.against(r, c.exact)) == 0 && e.isAbout(r) })
	var rows []Row
	i, j := 0, 0
	for _, pair := range append(fits, [2]int{len(items), len(came)}) {
		rows = append(rows, c.unequal(kind, items[i:pair[0]], came[j:pair[1]], step)...)
		if pair[0] < len(items) {
			rows = append(rows, c.row(Same, kind, items[pair[0]], came[pair[1]], step))
		}
		i, j = pair[0]+1, pair[1]+1
	}
	at := 0
	for k := range rows {
		if rows[k].record != nil {
			at = rows[k].record.step
		}
		rows[k].at = at
	}
	return rows
}

// unequal pairs what does not fit.
func (c *Case) unequal(kind string, items []*expectation, came []*Record, step string) []Row {
	var rows []Row
	pairs := longest(items, came, (*expectation).isAbout)
	i, j := 0, 0
	for _, pair := range append(pairs, [2]int{len(items), len(came)}) {
		for ; i < pair[0]; i++ {
			rows = append(rows, c.row(Missing, kind, items[i], nil, step))
		}
		for ; j < pair[1]; j++ {
			if !c.others {
				rows = append(rows, c.row(Unexpected, kind, nil, came[j], step))
			}
		}
		if i < len(items) && j < len(came) {
			rows = append(rows, c.row(Differs, kind, items[i], came[j], step))
		}
		i, j = i+1, j+1
	}
	return rows
}

// longest returns the longest pairs of places, both ascending, that fit.
func longest(items []*expectation, came []*Record, fit func(*expectation, *Record) bool) [][2]int {
	if len(items)*len(came) > maxCells {
		return greedy(items, came, fit)
	}
	length := make([][]int, len(items)+1)
	for i := range length {
		length[i] = make([]int, len(came)+1)
	}
	for i, item := range slices.Backward(items) {
		for j, r := range slices.Backward(came) {
			length[i][j] = max(length[i+1][j], length[i][j+1])
			if fit(item, r) {
				length[i][j] = max(length[i][j], length[i+1][j+1]+1)
			}
		}
	}
	var pairs [][2]int
	for i, j := 0, 0; i < len(items) && j < len(came); {
		switch {
		case fit(items[i], came[j]) && length[i][j] == length[i+1][j+1]+1:
			pairs = append(pairs, [2]int{i, j})
			i, j = i+1, j+1
		case length[i+1][j] >= length[i][j+1]:
			i++
		default:
			j++
		}
	}
	return pairs
}

// maxCells bounds the work of comparing two lists exactly.
const maxCells = 1 << 22

// greedy pairs each expectation with the next record that fits.
func greedy(items []*expectation, came []*Record, fit func(*expectation, *Record) bool) [][2]int {
	var pairs [][2]int
	i := 0
	for j, r := range came {
		if i < len(items) && fit(items[i], r) {
			pairs = append(pairs, [2]int{i, j})
			i++
		}
	}
	return pairs
}

func (c *Case) row(state State, kind string, item *expectation, r *Record, step string) Row {
	row := Row{State: state, Kind: kind, Step: step, item: item, record: r}
	if r != nil {
		row.Subject, row.Got, row.Line, row.Step = r.Subject, r.Sentence, c.steps[r.step].line, c.steps[r.step].name
	}
	if item != nil {
		row.Subject, row.Line = item.about(), item.line
		row.Want = item.text()
	}
	if state == Differs && r.nameless != "" && !strings.Contains(row.Want, " by ") {
		row.Got = r.nameless // what is left out of both differs in neither
	}
	if state == Differs && len(item.fields) > 0 {
		row.Want, row.Got = differences(item.against(r, c.exact), r)
	}
	return row
}
