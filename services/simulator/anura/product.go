package anura

// product is one of the vendor's two products.
type product string

const (
	direct product = "direct"
	script product = "script"
)

// tally are judged requests. Direct uses the first two results, Script all
// three; requests without a result exist in Script alone.
type tally struct {
	nonsuspect, suspect, warn int
	unanswered, mobile        int
}

func (t tally) plus(more tally) tally {
	return tally{
		nonsuspect: t.nonsuspect + more.nonsuspect, suspect: t.suspect + more.suspect, warn: t.warn + more.warn,
		unanswered: t.unanswered + more.unanswered, mobile: t.mobile + more.mobile,
	}
}

func (t tally) requests() int { return t.nonsuspect + t.suspect + t.warn + t.unanswered }

// measure is one count of a product.
type measure struct {
	// key names it in totals, "" for one that totals do not have.
	key string
	// header names it in tables.
	header string
	count  int
}

// measures returns the product's counts in the order of its tables.
func (p product) measures(t tally) []measure {
	if p == direct {
		return []measure{
			{"", "Requests", t.requests()},
			{"nonsuspect", "Non-Suspect", t.nonsuspect},
			{"suspect", "Suspect", t.suspect},
			{"mobile", "Mobile", t.mobile},
		}
	}
	return []measure{
		{"requests", "Requests", t.requests()},
		{"responses", "Responses", t.requests() - t.unanswered},
		{"good", "Good", t.nonsuspect},
		{"warn", "Warn", t.warn},
		{"bad", "Bad", t.suspect},
		{"mobile", "Mobile", t.mobile},
	}
}

func (p product) total(t tally) map[string]int {
	total := map[string]int{}
	for _, m := range p.measures(t) {
		if m.key != "" {
			total[m.key] = m.count
		}
	}
	return total
}

// charted returns the counts that a chart has, in its order.
func (p product) charted(t tally) []measure {
	if p == direct {
		return []measure{{header: "Suspect", count: t.suspect}, {header: "Non-Suspect", count: t.nonsuspect}}
	}
	return p.measures(t)
}
