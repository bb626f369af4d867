package config

import (
	"fmt"

	"github.com/signalbox-io/signalbox/pkg/event"
	"github.com/signalbox-io/signalbox/pkg/expr"
	configv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/config/v1"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
)

func (c *checker) sources(list []*configv1.Source, ownAddress string) []Source {
	if len(list) == 0 && !c.mayLackSources {
		c.missing("sources", "there is no vendor account to read; write one, such as "+
			"- {name: anura-main, anura: {base_url: https://api.anura.io/v1, token: {env: ANURA_TOKEN}}}")
	}
	sources := make([]Source, 0, len(list))
	first := map[string]int{}
	for i, m := range list {
		path := fmt.Sprintf("sources[%d]", i)
		c.sourceName(path+".name", m.GetName(), first)
		sources = append(sources, c.source(path, m, ownAddress))
	}
	return sources
}

// sourceName reports a name that is missing, illegal or taken.
func (c *checker) sourceName(path, name string, first map[string]int) {
	line, taken := first[name]
	switch {
	case name == "":
		c.missing(path, "the source has no name; write name: followed by letters, digits and -")
	case !event.IsSourceName(name):
		c.document.Report(path, "%q is no name of a source; begin with a small letter, go on with small letters, digits and -", name)
	case taken:
		c.document.Report(path, "%q is the name of the source on line %d too; names are unique", name, line)
	default:
		first[name] = c.document.Line(path)
	}
}

func (c *checker) source(path string, m *configv1.Source, ownAddress string) Source {
	s := Source{Name: m.GetName(), Labels: m.GetLabels()}
	s.Adapter, s.RemoteAdapter = c.adapter(path+".adapter", m.GetAdapter(), ownAddress)
	c.vendor(path, m, &s)
	s.Poll = c.poll(path+".poll", m.GetPoll(), s.Vendor)
	s.Timeout = c.positive(path+".http_client.timeout", m.GetHttpClient().GetTimeout(), timeoutOf(s.Vendor))
	for name, text := range m.GetLabels() {
		_, err := expr.Event(text, expr.Text)
		c.expression(path+".labels."+name, err)
	}
	return s
}

// vendor takes over the one account of the source.
func (c *checker) vendor(path string, m *configv1.Source, s *Source) {
	switch v := m.GetVendor().(type) {
	case *configv1.Source_Anodot:
		s.Vendor = eventv1.Vendor_VENDOR_ANODOT
		c.account(path+".anodot", v.Anodot, s)
		s.Credential = c.credential(path+".anodot.refresh_token", v.Anodot.GetRefreshToken(), s)
		s.Anodot = c.anodot(path+".anodot", v.Anodot, s)
	case *configv1.Source_Anomify:
		s.Vendor = eventv1.Vendor_VENDOR_ANOMIFY
		c.account(path+".anomify", v.Anomify, s)
		s.Credential = c.credential(path+".anomify.token", v.Anomify.GetToken(), s)
	case *configv1.Source_Anura:
		s.Vendor = eventv1.Vendor_VENDOR_ANURA
		c.account(path+".anura", v.Anura, s)
		s.Credential = c.credential(path+".anura.token", v.Anura.GetToken(), s)
		s.Instances = c.selection(path+".anura.instances", v.Anura.GetInstances())
		s.Campaigns = v.Anura.GetCampaigns()
		s.AnuraReports = c.anuraReports(path+".anura.reports", v.Anura.GetReports())
	case *configv1.Source_SecureReporter:
		s.Vendor = eventv1.Vendor_VENDOR_SECURE_REPORTER
		c.account(path+".secure_reporter", v.SecureReporter, s)
		s.Credential = c.credential(path+".secure_reporter.token", v.SecureReporter.GetToken(), s)
		s.Reports = c.reports(path+".secure_reporter.reports", v.SecureReporter.GetReports())
	case *configv1.Source_Analytics:
		s.Vendor = eventv1.Vendor_VENDOR_ANALYTICS
		c.account(path+".analytics", v.Analytics, s)
		s.Credential = c.credential(path+".analytics.api_key", v.Analytics.GetApiKey(), s)
		s.Sites = c.selection(path+".analytics.sites", v.Analytics.GetSites())
	default:
		c.noVendor(path)
	}
}

// credential reads the account's credential, if this process needs it.
func (c *checker) credential(path string, m *configv1.Secret, s *Source) Secret {
	if m.GetFrom() != nil && !c.needed(s.Vendor, s.RemoteAdapter) {
		return Secret{}
	}
	return c.secret(path, m)
}

// account is what the accounts of all vendors have.
type account interface {
	GetBaseUrl() string
	GetInsecure() bool
}

func (c *checker) account(path string, m account, s *Source) {
	s.BaseURL = c.baseURL(path+".base_url", m.GetBaseUrl(), m.GetInsecure())
}

// selection returns the ids to read, [all] for none. `all` stands alone.
func (c *checker) selection(path string, ids []string) []string {
	for i, id := range ids {
		switch {
		case id == "":
			c.document.Report(fmt.Sprintf("%s[%d]", path, i), "the id is empty; remove it")
		case id == everything && len(ids) > 1:
			c.document.Report(fmt.Sprintf("%s[%d]", path, i), "all stands alone; remove the others, or all")
		}
	}
	return listOr(ids, everything)
}

// noVendor reports a source without an account. A block that is there but
// empty (`anura:` and nothing below it) reads as none.
func (c *checker) noVendor(path string) {
	c.document.Report(path, "the source has no vendor; write one of anodot, anomify, anura, secure_reporter, analytics with its settings")
}

func (c *checker) poll(path string, m *configv1.Poll, vendor eventv1.Vendor) Poll {
	every := c.positive(path+".every", m.GetEvery(), defaultPollEvery)
	if every > 0 && c.document.Has(path+".every") {
		c.atLeast(path+".every", every, shortestPollOf(vendor),
			"the shortest interval of "+event.VendorName(vendor))
	}
	slowest := c.positive(path+".slowest", m.GetSlowest(), defaultSlowest(every))
	if slowest > 0 && every > 0 {
		c.atLeast(path+".slowest", slowest, every, "which is poll.every")
	}
	overlap := defaultOverlap(every)
	return Poll{
		Every:    every,
		Slowest:  slowest,
		LookBack: c.positive(path+".look_back", m.GetLookBack(), defaultLookBack),
		Overlap:  c.positive(path+".overlap", m.GetOverlap(), overlap),
	}
}

// expression reports the faults of a CEL text where they stand in the file.
func (c *checker) expression(path string, err error) {
	if err == nil {
		return
	}
	faults := expr.Faults(err)
	for _, fault := range faults {
		c.document.ReportInside(path, fault.Line, fault.Column, fault.Message)
	}
	if len(faults) == 0 {
		c.document.Report(path, "%v", err)
	}
}
