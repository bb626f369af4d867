package anomify

import (
	"slices"
	"strings"
)

// chips returns the parts of all metrics' names, in order.
func (v *Vendor) chips() []string {
	chips := []string{}
	for _, metric := range v.metrics() {
		chips = append(chips, strings.FieldsFunc(metric.Name, func(r rune) bool { return strings.ContainsRune("./ ", r) })...)
	}
	slices.Sort(chips)
	return slices.Compact(chips)
}
