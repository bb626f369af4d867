package main

import (
	"context"
	"fmt"
)

// routing is what the router is measured with.
type routing struct {
	what  string
	rules []byte
	// bar is the share of the bare consumer's rate, in percent; cpuBar what a
	// million events may take of the router's process, in seconds, 0 for any.
	bar    float64
	cpuBar float64
}

// routings are few rules that all look at every event, and many that are found.
func routings() []routing {
	return []routing{
		{what: "10 rules", rules: tenRules, bar: 50},
		{what: "10,000 rules", rules: manyRules(), bar: 60, cpuBar: 12},
	}
}

// rounds are those of one routing.
type rounds []round

// median returns that of a figure. The two rates of a round were measured
// seconds apart, the rounds' minutes: so ratios are taken within a round.
func (r rounds) median(figure func(round) float64) float64 {
	figures := make([]float64, len(r))
	for i, one := range r {
		figures[i] = figure(one)
	}
	return median(figures)
}

// measureRouter lets a bare consumer and the router go over the same stream.
func (b *bench) measureRouter(ctx context.Context) ([]row, error) {
	var rows []row
	for _, with := range routings() {
		b.say("router with %s over %d events, %d times", with.what, b.events, b.rounds)
		var all rounds
		for range b.rounds {
			r, err := b.routerRound(ctx, with.rules)
			if err != nil {
				return nil, err
			}
			all = append(all, r)
			b.say("  bare consumer %s, router %s", rateText(r.bare.perSecond), rateText(r.router.perSecond))
		}
		b.say("  a decision for %.1f %% of the events", 100*float64(all[0].decisions)/float64(b.events))
		rows = append(rows, with.rows(all)...)
	}
	return rows, nil
}

func (with routing) rows(all rounds) []row {
	bare := all.median(func(r round) float64 { return r.bare.perSecond })
	router := all.median(func(r round) float64 { return r.router.perSecond })
	reached := 100 * all.median(func(r round) float64 { return r.router.perSecond / r.bare.perSecond })
	bareCPU := all.median(func(r round) float64 { return r.bare.cpu })
	routerCPU := all.median(func(r round) float64 { return r.router.cpu })
	bareAll := all.median(func(r round) float64 { return r.bare.cpu + r.bare.server })
	routerAll := all.median(func(r round) float64 { return r.router.cpu + r.router.server })
	cpu := row{
		what: "processor time of a million events, " + with.what, floor: millionText(bareCPU), figure: millionText(routerCPU),
		ratio: times(routerCPU, bareCPU),
	}
	if with.cpuBar > 0 {
		cpu.bar, cpu.isMet = fmt.Sprintf("≤ %.0f s", with.cpuBar), routerCPU*1e6 <= with.cpuBar
	}
	return []row{
		{
			what: "stream → router → decision, " + with.what, floor: rateText(bare), figure: rateText(router),
			ratio: fmt.Sprintf("%.0f %%", reached), bar: fmt.Sprintf("≥ %.0f %%", with.bar), isMet: reached >= with.bar,
		},
		cpu,
		{
			what: "the same with the NATS server's", floor: millionText(bareAll), figure: millionText(routerAll),
			ratio: times(routerAll, bareAll),
		},
	}
}

// millionText tells what a million events take at so many seconds each.
func millionText(seconds float64) string { return fmt.Sprintf("%.1f s", seconds*1e6) }
