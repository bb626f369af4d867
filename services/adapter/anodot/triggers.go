package anodot

import (
	"context"
	"encoding/json"
	"net/url"
	"strconv"
	"strings"

	"google.golang.org/grpc"

	"github.com/signalbox-io/signalbox/pkg/config"
	"github.com/signalbox-io/signalbox/pkg/rpc"
	"github.com/signalbox-io/signalbox/pkg/vendorhttp"
	anodotv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anodot/v1"
)

const triggeredPath = "/api/v2/alerts/triggered"

// ListTriggeredAlerts sends the firings since a time, a page at a time, in the
// shape that the account is configured to have. The vendor does not page: the
// next page is what began at or after the last firing of the one before.
func (s *Server) ListTriggeredAlerts(
	req *anodotv1.ListTriggeredAlertsRequest, stream grpc.ServerStreamingServer[anodotv1.ListTriggeredAlertsResponse],
) error {
	if start := req.GetStartTime(); start.CheckValid() != nil || start.GetSeconds() < 0 {
		// Without it, the vendor would send a year.
		return rpc.FieldViolation("start_time", "is missing or out of range")
	}
	pages := triggerPages{req: req, from: req.GetStartTime().GetSeconds(), size: firstPage, seen: map[string]int64{}}
	return sendPages(s, req.GetSource(), stream,
		func(c *client, _ int) (*anodotv1.ListTriggeredAlertsResponse, bool, error) {
			shape := c.settings.TriggeredAlerts
			if shape == "" || shape == config.TriggeredOff {
				return nil, false, notConfigured(req.GetSource(), "triggered_alerts: lean or groups", "firings are not listed")
			}
			return pages.next(stream.Context(), c, shape == config.TriggeredGroups)
		})
}

// triggerPages is how far a list of firings has been read.
type triggerPages struct {
	req  *anodotv1.ListTriggeredAlertsRequest
	from int64
	size int
	// seen are the records sent that may come again, with their starts.
	seen map[string]int64
}

// triggerRecord is one firing, or one group of them, in the answer.
type triggerRecord struct {
	id    string
	start int64
	raw   json.RawMessage
}

// next asks until a page leads on. A full page that brings nothing new, or is
// not in order, is asked for again with a larger size.
func (p *triggerPages) next(
	ctx context.Context, c *client, groups bool,
) (*anodotv1.ListTriggeredAlertsResponse, bool, error) {
	for {
		records, err := p.ask(ctx, c, groups)
		if err != nil {
			return nil, false, err
		}
		last := len(records) < p.size
		if fresh, ordered := p.fresh(records); last || len(fresh) > 0 && ordered {
			response := convertTriggers(fresh, groups)
			p.advance(records)
			return response, last, nil
		}
		if p.size *= pageGrowth; p.size > largestPage {
			return nil, false, vendorhttp.Errorf(vendorhttp.BadAnswer,
				"the vendor does not sort firings by their start, or has more than %d of one second", largestPage)
		}
	}
}

func (p *triggerPages) ask(ctx context.Context, c *client, groups bool) ([]triggerRecord, error) {
	get := read("list_triggered_alerts", triggeredPath)
	get.Query = p.query(groups)
	var list struct {
		Alerts []json.RawMessage `json:"alerts"`
		Groups []json.RawMessage `json:"alertGroups"`
	}
	get.Into = &list
	get.Check = func(answer vendorhttp.Answer) *vendorhttp.Error {
		if failure := partial(answer); failure != nil {
			return failure
		}
		switch {
		case groups && list.Groups == nil && list.Alerts != nil:
			return vendorhttp.Errorf(vendorhttp.BadAnswer, "answer has the lean shape; set anodot.triggered_alerts: lean")
		case !groups && list.Alerts == nil && list.Groups != nil:
			return vendorhttp.Errorf(vendorhttp.BadAnswer, "answer has the grouped shape; set anodot.triggered_alerts: groups")
		case list.Alerts == nil && list.Groups == nil:
			return vendorhttp.Errorf(vendorhttp.BadAnswer, "answer has no list of firings")
		}
		return nil
	}
	if err := c.call(ctx, get); err != nil {
		return nil, err
	}
	if groups {
		return triggerRecords(list.Groups), nil
	}
	return triggerRecords(list.Alerts), nil
}

func (p *triggerPages) query(groups bool) url.Values {
	severities := make([]string, 0, len(p.req.GetSeverities()))
	for _, severity := range p.req.GetSeverities() {
		severities = append(severities, strings.ToUpper(word(severity)))
	}
	lean := ""
	if !groups {
		lean = strconv.FormatBool(!p.req.GetWithMetrics())
	}
	return queryOf(
		"startTime", strconv.FormatInt(p.from, 10), "sort", "startTime", "order", "asc", "size", strconv.Itoa(p.size),
		"status", word(p.req.GetStatus()), "severities", strings.Join(severities, ","),
		"alertConfigurationIds", strings.Join(p.req.GetAlertConfigurationIds(), ","), "isLeanResponse", lean,
	)
}

func triggerRecords(list []json.RawMessage) []triggerRecord {
	records := make([]triggerRecord, 0, len(list))
	for _, raw := range list {
		var head struct {
			ID    json.RawMessage `json:"id"`
			Start json.RawMessage `json:"startTime"`
		}
		lenient(raw, &head)
		var start epoch
		lenient(head.Start, &start)
		records = append(records, triggerRecord{id: textOf(head.ID), start: int64(start.seconds), raw: raw})
	}
	return records
}

// fresh returns the records that have not been sent, and whether all are in
// order of their start.
func (p *triggerPages) fresh(records []triggerRecord) (fresh []triggerRecord, ordered bool) {
	ordered = true
	for i, r := range records {
		if i > 0 && r.start < records[i-1].start {
			ordered = false
		}
		if _, ok := p.seen[r.id]; !ok || r.id == "" {
			fresh = append(fresh, r)
		}
	}
	return fresh, ordered
}

// advance moves on to the last start. The second before is asked for too, in
// case the vendor leaves out the one that is named.
func (p *triggerPages) advance(records []triggerRecord) {
	for _, r := range records {
		p.seen[r.id] = r.start
		p.from = max(p.from, r.start-1)
	}
	for id, start := range p.seen {
		if start < p.from {
			delete(p.seen, id)
		}
	}
}

func convertTriggers(records []triggerRecord, groups bool) *anodotv1.ListTriggeredAlertsResponse {
	raws := make([]json.RawMessage, 0, len(records))
	for _, r := range records {
		raws = append(raws, r.raw)
	}
	response := &anodotv1.ListTriggeredAlertsResponse{}
	if groups {
		response.Groups, response.Rejected = readObjects[anodotv1.TriggeredGroup](raws)
		raws = alertsOfGroups(response.GetGroups(), raws)
	}
	alerts, rejected := readObjects[anodotv1.TriggeredAlert](raws)
	response.Alerts = alerts
	response.Rejected = append(response.Rejected, rejected...)
	return response
}

// alertsOfGroups returns the firings of the groups and takes them out of what
// is kept of each group.
func alertsOfGroups(read []*anodotv1.TriggeredGroup, groups []json.RawMessage) []json.RawMessage {
	var alerts []json.RawMessage
	for _, group := range groups {
		var parts struct {
			Alerts []json.RawMessage `json:"alerts"`
		}
		lenient(group, &parts)
		alerts = append(alerts, parts.Alerts...)
	}
	for _, group := range read {
		delete(group.GetExtra().GetFields(), "alerts")
		if len(group.GetExtra().GetFields()) == 0 {
			group.Extra = nil
		}
	}
	return alerts
}
