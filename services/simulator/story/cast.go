package story

// The names that the story uses, for rules and tests that refer to them.
const (
	// Instance is the shop's id at Anura, InstanceName its name there.
	Instance     = 1001
	InstanceName = "Shop"
	// Source is where both campaigns' clicks come from.
	Source = "ad-network"
	// CampaignWave is the campaign that the bots click through,
	// CampaignCalm the one that they leave alone.
	CampaignWave = "spring-sale"
	CampaignCalm = "newsletter"

	// Site is the shop's id in Analytics and its name in the report.
	Site = "shop"

	// Report is the report's slug, ReportBind its one bind variable, which
	// says how many days back it looks and may be left out.
	Report     = "bot-traffic"
	ReportBind = "_days"

	// MetricConversions and the next two are the metrics on which Anomify
	// finds anomalies. The score of MetricLatency is low.
	MetricConversions = "shop.spring-sale.conversions"
	MetricRevenue     = "shop.spring-sale.revenue"
	MetricLatency     = "shop.search.latency"

	// AlertNoisy is the id of the Anodot alert that two people dislike,
	// AlertUseful of the one that somebody praises.
	AlertNoisy       = "6d59552d-7d61-44ae-bf20-2d39555af8c7"
	AlertNoisyTitle  = "Checkout conversion drop"
	AlertUseful      = "0c1f6a52-55a4-4c5e-8d0b-7a3f0d0e9b11"
	AlertUsefulTitle = "Payment provider latency"

	// PersonOne and PersonTwo dislike the noisy alert, PersonThree praises
	// the useful one.
	PersonOne   = "ana@example.com"
	PersonTwo   = "ben@example.com"
	PersonThree = "cleo@example.com"
)
