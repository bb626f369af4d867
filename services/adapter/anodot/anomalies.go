package anodot

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"

	"github.com/signalbox-io/signalbox/pkg/event"
	"github.com/signalbox-io/signalbox/pkg/rpc"
	"github.com/signalbox-io/signalbox/pkg/vendorhttp"
	anodotv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anodot/v1"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
)

const anomaliesPath = "/api/v2/anomalies"

// ListAnomalies sends the anomalies of a window, a page at a time, where the
// account has them.
func (s *Server) ListAnomalies(
	req *anodotv1.ListAnomaliesRequest, stream grpc.ServerStreamingServer[anodotv1.ListAnomaliesResponse],
) error {
	if err := checkWindow(req.GetStartTime(), req.GetEndTime()); err != nil {
		return err
	}
	pages := anomalyPages{req: req}
	return sendPages(s, req.GetSource(), stream, func(c *client, _ int) (*anodotv1.ListAnomaliesResponse, bool, error) {
		if !c.settings.Anomalies {
			return nil, false, notConfigured(req.GetSource(), "anomalies: true", "anomalies are not listed")
		}
		return pages.next(stream.Context(), c)
	})
}

// anomalyPages is how far a list of anomalies has been read.
type anomalyPages struct {
	req   *anodotv1.ListAnomaliesRequest
	index int
	// first is the id of the last page's first record, by which a vendor that
	// does not page is found out.
	first string
}

type anomalyList struct {
	Total     vendorhttp.Number `json:"total"`
	PagingMax vendorhttp.Number `json:"pagingMax"`
	Anomalies []json.RawMessage `json:"anomalies"`
}

func (p *anomalyPages) next(ctx context.Context, c *client) (*anodotv1.ListAnomaliesResponse, bool, error) {
	get := read("list_anomalies", anomaliesPath)
	get.Query = p.query()
	var list anomalyList
	get.Into = &list
	get.Check = func(answer vendorhttp.Answer) *vendorhttp.Error {
		if list.Anomalies == nil {
			return orElse(partial(answer), "answer has no list of anomalies")
		}
		return partial(answer)
	}
	if err := c.call(ctx, get); err != nil {
		return nil, false, err
	}
	anomalies, rejected := readObjects[anodotv1.Anomaly](list.Anomalies)
	if len(anomalies) > 0 {
		if anomalies[0].GetId() == p.first {
			return nil, false, vendorhttp.Errorf(vendorhttp.BadAnswer, "the vendor sends the same page again")
		}
		p.first = anomalies[0].GetId()
	}
	p.index += len(list.Anomalies)
	total, most := wholeOf(list.Total), wholeOf(list.PagingMax)
	last := len(list.Anomalies) < listPage || most > 0 && int64(p.index) >= most || int64(p.index) >= total
	return &anodotv1.ListAnomaliesResponse{
		Anomalies: anomalies, Rejected: rejected, Total: total, Truncated: last && total > int64(p.index),
	}, last, nil
}

func (p *anomalyPages) query() map[string][]string {
	resolutions := p.req.GetResolutions()
	if len(resolutions) == 0 {
		// Without any, the vendor lists those of the medium one alone.
		resolutions = []string{"short", "medium", "long", "longlong", "weekly"}
	}
	state := "both"
	switch p.req.GetState() {
	case anodotv1.AnomalyState_ANOMALY_STATE_OPEN:
		state = "open"
	case anodotv1.AnomalyState_ANOMALY_STATE_CLOSED:
		state = "closed"
	case anodotv1.AnomalyState_ANOMALY_STATE_UNSPECIFIED:
	}
	score := ""
	if p.req.GetMinScore() > 0 {
		score = strconv.FormatFloat(p.req.GetMinScore(), 'g', -1, 64)
	}
	return queryOf(
		"startDate", secondsOf(p.req.GetStartTime()), "endDate", secondsOf(p.req.GetEndTime()),
		"state", state, "resolution", strings.Join(resolutions, ","), "score", score,
		"sort", "startDate", "order", "asc",
		"index", strconv.Itoa(p.index), "size", strconv.Itoa(listPage),
	)
}

// reasonNotConfigured is the reason of calls that a setting has to allow.
const reasonNotConfigured = "NOT_CONFIGURED"

func notConfigured(source, setting, what string) error {
	return rpc.Error(codes.FailedPrecondition, reasonNotConfigured,
		map[string]string{"vendor": event.VendorName(eventv1.Vendor_VENDOR_ANODOT), "source": source, "retryable": "false"},
		"source %q is not configured for it: %s; set anodot.%s", source, what, setting)
}
