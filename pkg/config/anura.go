package config

import (
	"fmt"
	"slices"
	"strings"
)

// AnuraOverview is the report of Anura that is read where none is configured.
const AnuraOverview = "direct/overview"

// anuraReports returns the reports to read, each once.
func (c *checker) anuraReports(path string, reports []string) []string {
	for i, report := range reports {
		product, name, ok := strings.Cut(report, "/")
		if !ok {
			product, name = "", report
		}
		at := fmt.Sprintf("%s[%d]", path, i)
		switch {
		case product != "direct" && product != "script":
			c.document.Report(at, "%q is of no product; write direct/%s or script/%s", report, name, name)
		case !slices.Contains(anuraReportNames(), name):
			c.document.Report(at, "%q is no report; write %s/ and one of %s", report, product, strings.Join(anuraReportNames(), ", "))
		case slices.Contains(reports[:i], report):
			c.document.Report(at, "%q is there already; remove it", report)
		}
	}
	return listOr(reports, AnuraOverview)
}

func anuraReportNames() []string {
	return []string{
		"overview", "sessions", "browsers", "operating-systems", "devices", "device-types", "geography", "networks", "connections",
	}
}
