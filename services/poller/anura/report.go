package anura

import (
	"cmp"
	"strings"

	"github.com/signalbox-io/signalbox/pkg/config"
	anurav1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anura/v1"
)

const (
	direct = "direct"
	script = "script"

	scriptOverview = "script/overview"
)

// part is one report of one place.
type part struct {
	Place

	// report is `product/name`, as the configuration writes it.
	report string
}

// what names the part's report for people.
func (p part) what() string {
	if p.report == config.AnuraOverview {
		return "overview"
	}
	return p.report
}

// product returns the product's word and value.
func (p part) product() (string, anurav1.Product) {
	if strings.HasPrefix(p.report, script+"/") {
		return script, anurav1.Product_PRODUCT_SCRIPT
	}
	return direct, anurav1.Product_PRODUCT_DIRECT
}

// dimension returns what a table tells traffic apart by, and the word for one
// row of it: a table of one instance's sessions is one of its sources.
func (p part) dimension() (anurav1.Dimension, string) {
	_, name, _ := strings.Cut(p.report, "/")
	switch name {
	case "sessions":
		return anurav1.Dimension_DIMENSION_SESSIONS, "source"
	case "browsers":
		return anurav1.Dimension_DIMENSION_BROWSERS, "browser"
	case "operating-systems":
		return anurav1.Dimension_DIMENSION_OPERATING_SYSTEMS, "os"
	case "devices":
		return anurav1.Dimension_DIMENSION_DEVICES, "manufacturer"
	case "device-types":
		return anurav1.Dimension_DIMENSION_DEVICE_TYPES, "device_type"
	case "geography":
		return anurav1.Dimension_DIMENSION_GEOGRAPHY, "country"
	case "networks":
		return anurav1.Dimension_DIMENSION_NETWORKS, "network"
	default:
		return anurav1.Dimension_DIMENSION_CONNECTIONS, "connection"
	}
}

// parts returns every report of every place, the reports of one place together.
func (s *Source) parts(places []Place) []part {
	parts := make([]part, 0, len(places)*len(s.reports))
	for _, place := range places {
		for _, report := range s.reports {
			parts = append(parts, part{place, report})
		}
	}
	return parts
}

func reportsOf(source config.Source) []string {
	if len(source.AnuraReports) == 0 {
		return []string{config.AnuraOverview}
	}
	return source.AnuraReports
}

// textOf returns the text in a report's cell, and what it is the name of; "" for
// a cell without one.
func textOf(cell *anurav1.ReportCell, word string) (text, of string) {
	if entity := cell.GetEntity(); entity != nil {
		return cmp.Or(entity.GetId(), entity.GetName()), "instance"
	}
	return cell.GetText(), word
}
