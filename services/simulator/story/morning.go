package story

import (
	"time"

	"github.com/signalbox-io/signalbox/services/simulator/analytics"
	"github.com/signalbox-io/signalbox/services/simulator/anodot"
	"github.com/signalbox-io/signalbox/services/simulator/securereporter"
)

func (s *Story) addAlerts() {
	for _, alert := range []struct{ id, title, severity string }{
		{AlertNoisy, AlertNoisyTitle, "high"},
		{AlertUseful, AlertUsefulTitle, "critical"},
		{"20262fb3-00ba-412c-a515-aec74c4824cd", "Jetty servers availability", "critical"},
		{"4b1d2f36-9c57-4a0e-b3a8-6f0c2d9e7a41", "Revenue by country", "medium"},
		{"9e3a7c58-1f42-4d6b-8c90-b5d2e1f06a73", "Search latency", "low"},
		{"c7f0b1a4-2d83-4e95-a6b7-08d9f3c5e162", "Newsletter sign-ups", "info"},
	} {
		s.sim.Anodot.AddAlert(anodot.Alert{
			ID: alert.id,
			Configuration: anodot.Configuration{
				Title:       alert.title,
				Severity:    alert.severity,
				Owner:       "Shop Operations",
				Description: "Watches the shop.",
			},
		})
	}
}

func (s *Story) addSites() {
	s.sim.Analytics.AddSite(analytics.Site{
		ID: Site, Name: "Shop", Domain: "shop.example.com", CreatedAt: time.Date(2025, 1, 15, 10, 30, 0, 0, time.UTC),
	})
	s.sim.Analytics.AddSite(analytics.Site{
		ID: "blog", Name: "Blog", Domain: "blog.example.com", CreatedAt: time.Date(2025, 2, 3, 8, 0, 0, 0, time.UTC),
	})
	today := s.sim.Now()
	for back := range 90 {
		day := today.AddDate(0, 0, -back)
		s.sim.Analytics.AddHits(Site, day, ordinaryDay(900+10*(back%7)))
		s.sim.Analytics.AddHits("blog", day, ordinaryDay(120+3*(back%7)))
	}
	s.sim.Analytics.SetRealtime(Site, realtime(visitorsBefore))
	s.sim.Analytics.SetRealtime("blog", realtime(17))
}

func ordinaryDay(visitors int) analytics.Hits {
	return analytics.Hits{
		Visitors:  visitors,
		Pageviews: 4 * visitors,
		Bounces:   2 * visitors / 5,
		Seconds:   145 * visitors,
		Pages:     map[string]int{"/": 2 * visitors, "/pricing": visitors, "/" + CampaignWave: visitors},
		Referrers: map[string]int{"google.com": visitors / 2, Source + ".example": visitors / 4},
		Browsers:  map[string]int{"Chrome": 3 * visitors / 5, "Firefox": visitors / 5, "Safari": visitors / 5},
		Countries: map[string]int{"US": visitors / 2, "DE": visitors / 4, "BR": visitors / 4},
	}
}

func realtime(visitors int) analytics.Realtime {
	return analytics.Realtime{ActiveVisitors: visitors, ActivePages: []analytics.ActivePage{
		{Path: "/", Visitors: visitors / 2},
		{Path: "/" + CampaignWave, Visitors: visitors - visitors/2},
	}}
}

// addReport adds the report with a row for every ten minutes of the past fifty;
// an older one would be late for the default lateness.
func (s *Story) addReport() {
	s.sim.SecureReporter.AddReport(securereporter.Report{
		Name:  Report,
		Binds: []securereporter.Bind{securereporter.LastDays(ReportBind, "1")},
	})
	for ago := 50 * time.Minute; ago > 0; ago -= 10 * time.Minute {
		requests := 600 + int(ago/time.Minute)
		s.reportRowAt(s.sim.Now().Add(-ago), requests, requests/20)
	}
}

func (s *Story) reportRow(requests, bots int) {
	s.reportRowAt(s.sim.Now(), requests, bots)
}

func (s *Story) reportRowAt(at time.Time, requests, bots int) {
	s.sim.SecureReporter.AddRow(Report, securereporter.Row{At: at, Columns: map[string]any{
		"site":     Site,
		"hour":     securereporter.NaiveTime(at),
		"requests": requests,
		"bots":     bots,
	}})
}
