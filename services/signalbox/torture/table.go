package main

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/signalbox-io/signalbox/services/signalbox/torture/judge"
)

// row is what one part showed.
type row struct {
	part string
	// faults is what was injected, by kind.
	faults map[string]int
	judge.Verdict
	recoveries []time.Duration
	// Missed is how many places no story came to.
	Missed int
	// notes are words beside the table.
	notes []string
}

// add adds what another row of the same part showed.
func (r *row) add(o row) {
	for kind, n := range o.faults {
		r.faults[kind] += n
	}
	r.Add(o.Verdict)
	r.recoveries = append(r.recoveries, o.recoveries...)
	r.notes = append(r.notes, o.notes...)
}

func (r *row) injected() int {
	sum := 0
	for _, n := range r.faults {
		sum += n
	}
	return sum
}

// report prints the table, and returns errFaults if there is a fault.
func (h *harness) report(rows []row) error {
	w := tabwriter.NewWriter(h.out, 0, 0, 2, ' ', tabwriter.AlignRight)
	_, _ = fmt.Fprintln(w, "part\tfaults injected\teffects due\tmissing\tdoubled\tundue\tleft\tmisordered\tlate\texpired\tidle repeats\trecovery median\tworst\tlag median\tp99\tworst\t")
	isClean := true
	for _, r := range rows {
		v := r.Verdict
		isClean = isClean && v.IsClean() && r.Missed == 0
		_, _ = fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%s\t%s\t%s\t%s\t%s\t\n", r.part, r.injected(), v.Due,
			v.Missing, v.Doubled, v.Undue, v.Left, v.Misordered, v.Late, v.Expired, v.Repeats,
			text(share(r.recoveries, 0.5)), text(share(r.recoveries, 1)),
			text(share(v.Lags, 0.5)), text(share(v.Lags, 0.99)), text(share(v.Lags, 1)))
	}
	_ = w.Flush()
	for _, r := range rows {
		for _, kind := range slices.Sorted(maps.Keys(r.faults)) {
			h.say("%s: %s: %d", r.part, kind, r.faults[kind])
		}
		for _, note := range r.notes {
			h.say("%s: %s", r.part, note)
		}
	}
	if !isClean {
		return errFaults
	}
	return nil
}

// share returns the duration that the given share does not exceed, 0 of none.
func share(list []time.Duration, of float64) time.Duration {
	if len(list) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(list))
	return sorted[min(len(sorted)-1, int(float64(len(sorted))*of))]
}

func text(d time.Duration) string {
	return strconv.FormatFloat(d.Seconds(), 'f', 2, 64) + "s"
}
