package rule

import (
	"slices"
	"strings"

	"github.com/signalbox-io/signalbox/pkg/event"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
)

// source checks that a source exists and is of the vendor that the action
// needs.
func (c *compiler) source(path, name string, vendor eventv1.Vendor) string {
	switch {
	case name == "":
		c.fail(path, "source is missing: expected the name of a source of %s", event.VendorName(vendor))
		return name
	case strings.Contains(name, "${"):
		c.fail(path, "source %q: expected the name of a source, without ${}", name)
		return name
	case c.catalog.Sources == nil:
		return name
	}
	is, ok := c.catalog.Sources[name]
	switch {
	case !ok:
		c.fail(path, "source %q is not configured: expected %s", name, c.sourcesOf(vendor))
	case is != vendor:
		c.fail(path, "source %s is one of %s: expected %s", name, event.VendorName(is), c.sourcesOf(vendor))
	}
	return name
}

// sourcesOf names the sources of a vendor.
func (c *compiler) sourcesOf(vendor eventv1.Vendor) string {
	var names []string
	for name, v := range c.catalog.Sources {
		if v == vendor {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return "a source of " + event.VendorName(vendor) + ", of which none is configured"
	}
	slices.Sort(names)
	return strings.Join(names, " or ")
}
