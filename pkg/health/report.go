package health

import (
	"strings"
	"time"
)

// Report is how a process does, as /readyz shows it.
type Report struct {
	// Ready reports whether the process can do its work now.
	Ready bool `json:"ready"`
	// Reason says what keeps it from its work, "" when ready.
	Reason string `json:"reason,omitempty"`
	// Note tells more, such as what the component works with.
	Note string `json:"note,omitempty"`
	// Components by kind and name.
	Components []ComponentReport `json:"components"`
}

// ComponentReport is how one component does.
type ComponentReport struct {
	Name  string `json:"name"`
	Kind  Kind   `json:"kind"`
	State State  `json:"state"`
	// Reason of a failing component, on one line.
	Reason string `json:"reason,omitempty"`
	// Note tells more, such as what the component works with.
	Note string `json:"note,omitempty"`
	// Since is when the state began.
	Since time.Time `json:"since"`
}

// judge says whether components that stand so make a process that can do its
// work, and if not, what is missing.
func judge(components []ComponentReport) (bool, string) {
	works := map[string]bool{}
	var reasons, sources []string
	for _, c := range components {
		if c.Kind == KindSource {
			sofar, known := works[c.Name]
			works[c.Name] = c.State == StateOK && (sofar || !known)
			if c.State != StateOK {
				sources = append(sources, describe(c))
			}
			continue
		}
		if c.State != StateOK {
			reasons = append(reasons, describe(c))
		}
	}
	if len(works) > 0 && !anyTrue(works) {
		reasons = append(reasons, "no source works: "+strings.Join(sources, "; "))
	}
	return len(reasons) == 0, strings.Join(reasons, "; ")
}

func anyTrue(flags map[string]bool) bool {
	for _, flag := range flags {
		if flag {
			return true
		}
	}
	return false
}

func describe(c ComponentReport) string {
	text := string(c.Kind) + " " + strings.TrimPrefix(c.Name, string(c.Kind)+"/") + " is " + string(c.State)
	if c.Reason != "" {
		text += " (" + c.Reason + ")"
	}
	return text
}
