package rules

import (
	"maps"
	"slices"
	"strings"

	"github.com/signalbox-io/signalbox/pkg/event"
	"github.com/signalbox-io/signalbox/services/router/rule"
)

// uncheckedOf says what of the rules can be right or wrong only for a
// configuration: whether the sources that actions name are there and of the vendor
// that does such a thing, and how often causes are polled.
func uncheckedOf(set *rule.Set) []string {
	sources := map[string]bool{}
	kinds := map[event.Kind]bool{}
	for _, r := range set.Rules() {
		for _, a := range r.Do {
			if a.Source != "" {
				sources[a.Source] = true
			}
		}
		for _, g := range r.Given {
			if g.HasWait {
				kinds[g.On] = true
			}
		}
	}
	var unchecked []string
	if len(sources) > 0 {
		unchecked = append(unchecked, "whether there are the sources "+strings.Join(slices.Sorted(maps.Keys(sources)), ", ")+
			", and of the vendors that their actions need")
	}
	if len(kinds) > 0 {
		var words []string
		for kind := range kinds {
			words = append(words, string(kind))
		}
		slices.Sort(words)
		unchecked = append(unchecked, "whether given waits long enough for "+strings.Join(words, ", ")+", by how often sources are polled")
	}
	return unchecked
}
