package health

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Report is how a process does, as /readyz shows it.
type Report struct {
	// Ready reports whether the process can do its work now.
	Ready bool `json:"ready"`
	// Reason says what keeps it from its work, "" when ready.
	Reason string `json:"reason,omitempty"`
	// Components by kind and name.
	Components []ComponentReport `json:"components"`
}

// ComponentReport is how one component does.
type ComponentReport struct {
	Name  string `json:"name"`
	Kind  Kind   `json:"kind"`
	State State  `json:"state"`
	// Reason of a failing component, on one line: that of its first failing part,
	// behind its name.
	Reason string `json:"reason,omitempty"`
	// Note tells more, such as what the component works with.
	Note string `json:"note,omitempty"`
	// Since is when the state began.
	Since time.Time `json:"since"`
	// Parts of a component that has some, in the order of their names.
	Parts []PartReport `json:"parts,omitempty"`
}

// PartReport is how one part of a component does.
type PartReport struct {
	// Name says what the part does: `adapter` calls the vendor, `poller` reads it.
	Name  string `json:"name"`
	State State  `json:"state"`
	// Reason and Since are those of ComponentReport.
	Reason string    `json:"reason,omitempty"`
	Since  time.Time `json:"since"`
}

// merge returns one report for each component, whatever the number of its parts.
func merge(all []*Component) []ComponentReport {
	reports := make([]ComponentReport, 0, len(all))
	at := map[string]int{}
	for _, c := range all {
		key := string(c.kind) + " " + c.name
		i, isKnown := at[key]
		if !isKnown {
			i = len(reports)
			at[key] = i
			reports = append(reports, ComponentReport{Name: c.name, Kind: c.kind, State: StateOK, Note: c.note})
		}
		reports[i].add(c)
	}
	return reports
}

// add lets the component do as the worst of its parts.
func (r *ComponentReport) add(c *Component) {
	since, reason := c.since.UTC().Truncate(time.Millisecond), c.reason
	if c.part != "" {
		r.Parts = append(r.Parts, PartReport{Name: c.part, State: c.state, Reason: c.reason, Since: since})
		slices.SortStableFunc(r.Parts, func(a, b PartReport) int { return cmp.Compare(a.Name, b.Name) })
		if reason != "" {
			reason = c.part + ": " + reason
		}
	}
	if r.Since.IsZero() || rank(c.state) > rank(r.State) || c.state == r.State && r.State != StateFailing && since.After(r.Since) {
		r.State, r.Reason, r.Since = c.state, reason, since
	}
}

// rank orders states by how bad they are.
func rank(s State) int { return slices.Index([]State{StateOK, StateStarting, StateFailing}, s) }

// judge says whether components that stand so make a process that can do its
// work, and if not, what is missing.
func judge(components []ComponentReport) (bool, string) {
	var reasons, sources []string
	hasSource, works := false, false
	for _, c := range components {
		isOK := c.State == StateOK
		switch {
		case c.Kind == KindSource:
			hasSource, works = true, works || isOK
			if !isOK {
				sources = append(sources, describe(c))
			}
		case !isOK:
			reasons = append(reasons, describe(c))
		}
	}
	if hasSource && !works {
		reasons = append(reasons, "no source works: "+strings.Join(sources, "; "))
	}
	return len(reasons) == 0, strings.Join(reasons, "; ")
}

func describe(c ComponentReport) string {
	text := string(c.Kind) + " " + strings.TrimPrefix(c.Name, string(c.Kind)+"/") + " is " + string(c.State)
	if c.Reason != "" {
		text += " (" + c.Reason + ")"
	}
	return text
}
