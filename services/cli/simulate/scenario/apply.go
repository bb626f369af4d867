package scenario

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	simulatorv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/simulator/v1"
	"github.com/signalbox-io/signalbox/services/simulator/analytics"
	"github.com/signalbox-io/signalbox/services/simulator/anodot"
	"github.com/signalbox-io/signalbox/services/simulator/anomify"
	"github.com/signalbox-io/signalbox/services/simulator/anura"
	"github.com/signalbox-io/signalbox/services/simulator/securereporter"
	"github.com/signalbox-io/signalbox/services/simulator/story"
)

// firstAnomaly keeps the ids of a scenario's anomalies apart from the story's.
const firstAnomaly = 100_000

// happening returns what makes it happen.
func (p *Player) happening(h *simulatorv1.Happening) deed {
	switch what := h.GetWhat().(type) {
	case *simulatorv1.Happening_AnodotFeedback:
		return p.feedback(what.AnodotFeedback)
	case *simulatorv1.Happening_AnodotFiring:
		return p.firing(what.AnodotFiring)
	case *simulatorv1.Happening_AnomifyAnomaly:
		return p.anomaly(what.AnomifyAnomaly)
	case *simulatorv1.Happening_AnuraRequests:
		return p.requests(what.AnuraRequests)
	case *simulatorv1.Happening_ReportRow:
		return p.row(what.ReportRow)
	case *simulatorv1.Happening_SiteHits:
		return p.hits(what.SiteHits)
	case *simulatorv1.Happening_SiteVisitors:
		return p.visitors(what.SiteVisitors)
	default: // Read lets no such happening through
		return func(context.Context, moment) (string, error) { return "", nil }
	}
}

func (p *Player) nextID() int {
	p.made++
	return p.made
}

func (p *Player) feedback(f *simulatorv1.AnodotFeedback) deed {
	return func(context.Context, moment) (string, error) {
		verdict := cmp.Or(f.GetVerdict(), notInteresting)
		p.sim.Anodot.AddFeedback(anodot.Feedback{
			ID: fmt.Sprintf("scenario-feedback-%d", p.nextID()), Type: strings.ToUpper(verdict),
			UserName: f.GetUser(), Comment: f.GetComment(),
			AnomalyID: anodot.AnomalyLink(fmt.Sprintf("%032x", p.made), f.GetAlert()),
			Alerts:    []anodot.FeedbackAlert{{ID: anodot.AlertLink(f.GetAlert()), AlertName: p.titleOf(f.GetAlert()), Status: "OPEN"}},
		})
		return fmt.Sprintf("Anodot: %s says %s of %q.", f.GetUser(), verdict, p.titleOf(f.GetAlert())), nil
	}
}

func (p *Player) titleOf(alertID string) string {
	alert, _ := p.sim.Anodot.Alert(alertID)
	return cmp.Or(alert.Configuration.Title, alertID)
}

func (p *Player) firing(f *simulatorv1.AnodotFiring) deed {
	return func(ctx context.Context, m moment) (string, error) {
		alert, _ := p.sim.Anodot.Alert(f.GetAlert())
		began, id := p.sim.Now().Unix(), fmt.Sprintf("scenario-firing-%d", p.nextID())
		o := anodot.Object{
			"id": id, "groupId": id, "alertConfigurationId": f.GetAlert(), "title": p.titleOf(f.GetAlert()), "status": "OPEN",
			"severity": cmp.Or(alert.Configuration.Severity, "medium"), "type": "ANOMALY", "timeScale": "5m",
			"startTime": began, "updateTime": began,
		}
		p.later(f.GetLasts(), m, func(ctx context.Context, _ moment) (string, error) {
			ended := p.sim.Now().Unix()
			o["status"], o["updateTime"], o["endTime"] = "CLOSE", ended, ended
			return fmt.Sprintf("Anodot: %q fires no more.", o["title"]), p.tell(ctx, o, f.GetPush())
		})
		return fmt.Sprintf("Anodot: %q fires.", o["title"]), p.tell(ctx, o, f.GetPush())
	}
}

func (p *Player) tell(ctx context.Context, firing anodot.Object, isPushed bool) error {
	p.sim.Anodot.AddTrigger(firing)
	if !isPushed {
		return nil
	}
	answers, err := p.sim.Anodot.Push(ctx, firing)
	for _, answer := range answers {
		if answer.Status >= 300 && err == nil {
			err = fmt.Errorf("the webhook answers %d", answer.Status)
		}
	}
	return err
}

func (p *Player) anomaly(f *simulatorv1.AnomifyAnomaly) deed {
	return func(_ context.Context, m moment) (string, error) {
		a := anomify.Anomaly{
			ID: firstAnomaly + int64(p.nextID()), Metric: f.GetMetric(), Value: f.GetValue(),
			Score: cmp.Or(f.GetScore(), 0.9), At: p.sim.Now(),
		}
		if f.GetExpected() != nil {
			lower, upper := f.GetExpected().GetLower(), f.GetExpected().GetUpper()
			a.ExpectedLower, a.ExpectedUpper = &lower, &upper
		}
		p.sim.Anomify.AddAnomaly(a)
		p.later(f.GetLasts(), m, func(context.Context, moment) (string, error) {
			a.Until = p.sim.Now()
			p.sim.Anomify.AddAnomaly(a)
			return fmt.Sprintf("Anomify: %s is as expected again.", a.Metric), nil
		})
		return fmt.Sprintf("Anomify: %s is %v, which is odd (%v).", a.Metric, a.Value, a.Score), nil
	}
}

func (p *Player) requests(r *simulatorv1.AnuraRequests) deed {
	return func(context.Context, moment) (string, error) {
		place := anura.Place{Instance: int(r.GetInstance()), Source: r.GetSource(), Campaign: r.GetCampaign()}
		p.sim.Anura.AddCounts(place, p.sim.Now(), anura.Counts{
			Suspect: int(r.GetSuspect()), NonSuspect: int(r.GetNonSuspect()),
		})
		return fmt.Sprintf("Anura: %d of %d more requests of instance %d are suspect.",
			r.GetSuspect(), r.GetSuspect()+r.GetNonSuspect(), r.GetInstance()), nil
	}
}

func (p *Player) row(r *simulatorv1.ReportRow) deed {
	return func(_ context.Context, m moment) (string, error) {
		columns := map[string]any{}
		for name, text := range r.GetTexts() {
			columns[name] = strings.ReplaceAll(text, "${n}", strconv.Itoa(m.n))
		}
		for name, number := range r.GetNumbers() {
			columns[name] = number
		}
		if r.GetTimeColumn() != "" {
			columns[r.GetTimeColumn()] = securereporter.NaiveTime(p.sim.Now())
		}
		p.sim.SecureReporter.AddRow(securereporter.Slug(r.GetReport()), securereporter.Row{At: p.sim.Now(), Columns: columns})
		return fmt.Sprintf("Secure Reporter: the report %s has another row.", r.GetReport()), nil
	}
}

func (p *Player) hits(h *simulatorv1.SiteHits) deed {
	return func(context.Context, moment) (string, error) {
		events := map[string]int{}
		for name, count := range h.GetEvents() {
			events[name] = int(count)
		}
		p.sim.Analytics.AddHits(h.GetSite(), p.sim.Now(), analytics.Hits{
			Visitors: int(h.GetVisitors()), Pageviews: int(h.GetPageviews()), Seconds: 60 * int(h.GetVisitors()),
			Pages: map[string]int{"/": int(h.GetPageviews())}, Events: events,
		})
		return fmt.Sprintf("Analytics: %d more visitors saw %d pages of %s.", h.GetVisitors(), h.GetPageviews(), h.GetSite()), nil
	}
}

func (p *Player) visitors(v *simulatorv1.SiteVisitors) deed {
	return func(context.Context, moment) (string, error) {
		p.sim.Analytics.SetRealtime(v.GetSite(), analytics.Realtime{ActiveVisitors: int(v.GetVisitors())})
		return fmt.Sprintf("Analytics: %d people are on %s.", v.GetVisitors(), v.GetSite()), nil
	}
}

// prepareReports adds the reports that are named, but for the story's own.
func (p *Player) prepareReports(s *simulatorv1.Scenario) {
	added := map[string]bool{}
	if p.story != nil {
		added[story.Report] = true
	}
	for _, h := range s.GetHappenings() {
		slug := securereporter.Slug(h.GetReportRow().GetReport())
		if slug == "" || added[slug] {
			continue
		}
		added[slug] = true
		p.sim.SecureReporter.AddReport(securereporter.Report{
			Name: h.GetReportRow().GetReport(), Binds: []securereporter.Bind{securereporter.LastDays("_days", "1")},
		})
	}
}

// prepareTraffic adds the sites and the instances that are named, but for the
// story's own.
func (p *Player) prepareTraffic(s *simulatorv1.Scenario) {
	for _, h := range s.GetHappenings() {
		site := cmp.Or(h.GetSiteHits().GetSite(), h.GetSiteVisitors().GetSite())
		if site != "" && (p.story == nil || site != story.Site) {
			p.sim.Analytics.AddSite(analytics.Site{
				ID: site, Name: site, Domain: site + ".example.com", CreatedAt: p.sim.Now().Add(-24 * time.Hour),
			})
		}
		if id := int(h.GetAnuraRequests().GetInstance()); id != 0 && (p.story == nil || id != story.Instance) {
			p.sim.Anura.AddInstance(anura.Instance{ID: id, Name: "Instance " + strconv.Itoa(id)})
		}
	}
}
