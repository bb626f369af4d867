package scenario

import (
	"math"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	simulatorv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/simulator/v1"
	"github.com/signalbox-io/signalbox/services/simulator"
	"github.com/signalbox-io/signalbox/services/simulator/fault"
)

// The verdicts of [simulatorv1.AnodotFeedback].
const (
	notInteresting = "not_interesting"
	goodCatch      = "good_catch"
)

func (c checker) happening(path string, s *simulatorv1.Scenario, h *simulatorv1.Happening) {
	switch what := h.GetWhat().(type) {
	case nil:
		c.Report(path, "nothing happens; name one of anodot_feedback, anodot_firing, anomify_anomaly, "+
			"anura_requests, report_row, site_hits, site_visitors")
	case *simulatorv1.Happening_AnodotFeedback:
		c.need(path+".anodot_feedback.alert", what.AnodotFeedback.GetAlert())
		c.need(path+".anodot_feedback.user", what.AnodotFeedback.GetUser())
		c.oneOf(path+".anodot_feedback.verdict", what.AnodotFeedback.GetVerdict(), notInteresting, goodCatch)
	case *simulatorv1.Happening_AnodotFiring:
		c.need(path+".anodot_firing.alert", what.AnodotFiring.GetAlert())
		if what.AnodotFiring.GetPush() && s.GetAnodotWebhook() == "" {
			c.Report(path+".anodot_firing.push", "there is nowhere to push to; set anodot_webhook")
		}
	case *simulatorv1.Happening_AnomifyAnomaly:
		c.need(path+".anomify_anomaly.metric", what.AnomifyAnomaly.GetMetric())
		if score := what.AnomifyAnomaly.GetScore(); score < 0 || score > 1 {
			c.Report(path+".anomify_anomaly.score", "%v is outside 0 to 1", score)
		}
	case *simulatorv1.Happening_AnuraRequests:
		c.count(path+".anura_requests.instance", int(what.AnuraRequests.GetInstance()), 1)
		c.count(path+".anura_requests.suspect", int(what.AnuraRequests.GetSuspect()), 0)
		c.count(path+".anura_requests.non_suspect", int(what.AnuraRequests.GetNonSuspect()), 0)
	case *simulatorv1.Happening_ReportRow:
		c.need(path+".report_row.report", what.ReportRow.GetReport())
	case *simulatorv1.Happening_SiteHits:
		c.need(path+".site_hits.site", what.SiteHits.GetSite())
		c.count(path+".site_hits.visitors", int(what.SiteHits.GetVisitors()), 0)
		c.count(path+".site_hits.pageviews", int(what.SiteHits.GetPageviews()), 0)
	case *simulatorv1.Happening_SiteVisitors:
		c.need(path+".site_visitors.site", what.SiteVisitors.GetSite())
		c.count(path+".site_visitors.visitors", int(what.SiteVisitors.GetVisitors()), 0)
	}
}

func (c checker) count(path string, value, least int) {
	if value < least && !c.Refused(path) {
		c.Report(path, "%d is below %d", value, least)
	}
}

func (c checker) fault(path string, f *simulatorv1.Fault) {
	c.need(path+".vendor", f.GetVendor())
	c.need(path+".kind", f.GetKind())
	c.oneOf(path+".vendor", f.GetVendor(), simulator.Vendors()...)
	ends := f.GetLasts() != nil || f.GetCount() > 0
	if f.GetEvery() != nil && !ends {
		c.Report(path+".every", "a fault that begins again must end; set lasts or count")
	}
	if c.Refused(path+".vendor") || c.Refused(path+".kind") {
		return
	}
	if err := faultOf(f, 1).Validate(); err != nil {
		c.Report(path, "%v", err)
	}
}

// faultOf is a fault as the simulator takes it, at a speed.
func faultOf(f *simulatorv1.Fault, speed float64) fault.Fault {
	return fault.Fault{
		Vendor: f.GetVendor(), Kind: fault.Kind(f.GetKind()), Method: f.GetMethod(), Path: f.GetPath(),
		Count: int(f.GetCount()), Every: int(f.GetEach()), ForSeconds: seconds(f.GetLasts(), speed),
		Status: int(f.GetStatus()), Body: f.GetBody(),
		DelaySeconds: seconds(f.GetDelay(), 1), SkewSeconds: seconds(f.GetSkew(), 1), RetryAfterSeconds: seconds(f.GetRetryAfter(), 1),
	}
}

// seconds are whole ones, at least one of what is not nothing.
func seconds(d *durationpb.Duration, speed float64) int {
	s := float64(d.AsDuration()) / float64(time.Second) / speed
	if s < 0 {
		return int(math.Floor(s))
	}
	return int(math.Ceil(s))
}
