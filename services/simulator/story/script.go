package story

import (
	"context"
	"fmt"
	"time"

	"github.com/signalbox-io/signalbox/services/simulator/analytics"
	"github.com/signalbox-io/signalbox/services/simulator/anodot"
	"github.com/signalbox-io/signalbox/services/simulator/anomify"
	"github.com/signalbox-io/signalbox/services/simulator/anura"
)

// The figures of the wave.
const (
	waveClicks, waveSuspect = 5000, 2300
	calmClicks, calmSuspect = 1200, 36

	visitorsBefore, visitorsInWave = 240, 61
)

// script is the story. Its order is that of the offsets.
func (s *Story) script() []Step {
	return []Step{
		{0, "An ordinary morning: two sites, six alerts, two campaigns, one report.", nil},
		{0, fmt.Sprintf("Anura: %d %% of the clicks of campaign %s are invalid.", 100*waveSuspect/waveClicks, CampaignWave), nil},
		{6 * time.Second, fmt.Sprintf("Analytics: active visitors of %s fall from %d to %d.", Site, visitorsBefore, visitorsInWave), now(s.dip)},
		{8 * time.Second, "Secure Reporter: the report " + Report + " counts 480 bots in 960 requests.", now(func() { s.reportRow(960, 480) })},
		{9 * time.Second, fmt.Sprintf("Anodot: %q fires and is pushed to its webhooks.", AlertNoisyTitle), s.fire},
		{10 * time.Second, fmt.Sprintf("Anodot: %s finds %q not interesting.", PersonOne, AlertNoisyTitle), now(s.firstDislike)},
		{11 * time.Second, fmt.Sprintf("Anodot: %s calls %q a good catch.", PersonThree, AlertUsefulTitle), now(s.praise)},
		{12 * time.Second, "Anomify: " + MetricConversions + " is far below its range (0.97).", now(s.conversions)},
		{14 * time.Second, fmt.Sprintf("Anodot: %s finds %q not interesting.", PersonTwo, AlertNoisyTitle), now(s.secondDislike)},
		{16 * time.Second, "Anomify: " + MetricRevenue + " is far below its range (0.94).", now(s.revenue)},
		{18 * time.Second, "Anomify: " + MetricLatency + " is a little odd (0.41).", now(s.latency)},
		{20 * time.Second, "Secure Reporter: the report " + Report + " counts 510 bots in 990 requests.", now(func() { s.reportRow(990, 510) })},
	}
}

// now is a step that waits for nobody.
func now(apply func()) func(context.Context) { return func(context.Context) { apply() } }

// morning is the world before the story: most of an hour of report rows, ninety
// days of visits, and bots in one campaign. An anomaly needs a cause that was
// seen before it, and Anura is asked once a minute.
func (s *Story) morning() {
	s.addAlerts()
	s.addSites()
	s.addReport()
	s.sim.Anura.AddInstance(anura.Instance{ID: Instance, Name: InstanceName})
	s.count(CampaignCalm, calmClicks, calmSuspect)
	s.count(CampaignWave, waveClicks, waveSuspect)
}

func (s *Story) count(campaign string, clicks, suspect int) {
	place := anura.Place{Instance: Instance, Source: Source, Campaign: campaign}
	s.sim.Anura.SetCounts(place, s.sim.Now(), anura.Counts{
		NonSuspect: clicks - suspect,
		Suspect:    suspect,
		Mobile:     clicks / 3,
	})
}

// dip is what the wave does to the shop: people stay away, and what comes
// instead looks at one page and leaves.
func (s *Story) dip() {
	s.sim.Analytics.SetRealtime(Site, realtime(visitorsInWave))
	s.sim.Analytics.AddHits(Site, s.sim.Now(), analytics.Hits{
		Visitors:  900,
		Pageviews: 910,
		Bounces:   890,
		Seconds:   1800,
		Pages:     map[string]int{"/" + CampaignWave: 910},
		Referrers: map[string]int{Source + ".example": 900},
		Browsers:  map[string]int{"Chrome": 900},
		Countries: map[string]int{"US": 900},
	})
}

func (s *Story) conversions() {
	lower, upper := 38.0, 52.0
	s.sim.Anomify.AddAnomaly(anomify.Anomaly{
		ID: 7786, Metric: MetricConversions, Value: 11, Score: 0.97, ExpectedLower: &lower, ExpectedUpper: &upper,
	})
}

func (s *Story) revenue() {
	lower, upper := 1900.0, 2650.0
	s.sim.Anomify.AddAnomaly(anomify.Anomaly{
		ID: 7787, Metric: MetricRevenue, Value: 604.5, Score: 0.94, ExpectedLower: &lower, ExpectedUpper: &upper,
	})
}

func (s *Story) latency() {
	lower, upper := 80.0, 140.0
	s.sim.Anomify.AddAnomaly(anomify.Anomaly{
		ID: 7788, Metric: MetricLatency, Value: 151, Score: 0.41, ExpectedLower: &lower, ExpectedUpper: &upper,
	})
}

// fire lets the noisy alert fire. Whoever does not get the push misses it: the
// story goes on.
func (s *Story) fire(ctx context.Context) {
	began := s.sim.Now().Unix()
	firing := anodot.Object{
		"id": "1e0fbe4d-a5af-4ba5-8b40-9930d48f5008", "groupId": "d863a79ec48b407a808379facc89df7e",
		"alertConfigurationId": AlertNoisy, "title": AlertNoisyTitle, "severity": "high", "type": "ANOMALY",
		"timeScale": "5m", "status": "OPEN", "startTime": began, "updateTime": began,
	}
	s.sim.Anodot.AddTrigger(firing)
	_, _ = s.sim.Anodot.Push(ctx, firing)
}

// firstDislike comes in the spelling of the API's table of verdicts, the
// second one in that of its examples.
func (s *Story) firstDislike() {
	s.feedback("a9b6d1ea-70bd-4bab-b567-a16ce60a91f2", "NOT_INTERESETING", PersonOne,
		"Third time today, the funnel is fine.", anodot.AlertLink(AlertNoisy), AlertNoisyTitle)
}

func (s *Story) secondDislike() {
	s.feedback("3f0c9a77-0a3e-4f34-9d0f-52c1a4b0e6d8", "NOT_INTERESTING", PersonTwo,
		"", anodot.AlertEditLink(AlertNoisy), AlertNoisyTitle)
}

func (s *Story) praise() {
	s.feedback("b27d5c10-6c4b-4c0e-8f55-1d2e3f405162", "GOOD_CATCH", PersonThree,
		"The provider confirmed it.", anodot.AlertLink(AlertUseful), AlertUsefulTitle)
}

// feedback is given to an anomaly that fired the alert five minutes ago.
func (s *Story) feedback(id, verdict, person, comment, link, title string) {
	const anomaly, trigger = "d863a79ec48b407a808379facc89df7e", "1e0fbe4d-a5af-4ba5-8b40-9930d48f5008"
	s.sim.Anodot.AddFeedback(anodot.Feedback{
		ID:        id,
		Type:      verdict,
		Comment:   comment,
		UserName:  person,
		AnomalyID: anodot.AnomalyLink(anomaly, trigger),
		Alerts: []anodot.FeedbackAlert{{
			ID:         link,
			EmailID:    anomaly[:5],
			AlertName:  title,
			StartTime:  s.sim.Now().Add(-5 * time.Minute).Unix(),
			Status:     "OPEN",
			AlertOwner: "Shop Operations",
		}},
	})
}
