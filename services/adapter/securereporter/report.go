package securereporter

import (
	"cmp"
	"context"
	"encoding/json"
	"time"

	"github.com/signalbox-io/signalbox/pkg/rpc"
	securereporterv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/securereporter/v1"
	"github.com/signalbox-io/signalbox/services/adapter"
)

// CallReport runs a report and returns its rows. A row that is no object is
// rejected.
func (s *Server) CallReport(
	ctx context.Context, req *securereporterv1.CallReportRequest,
) (*securereporterv1.CallReportResponse, error) {
	if err := needReport(req.GetReport(), req.GetParameters()); err != nil {
		return nil, err
	}
	zone, err := zoneOf(req.GetTimeZone())
	if err != nil {
		return nil, err
	}
	return call(s, req.GetSource(), func(c *client) (*securereporterv1.CallReportResponse, error) {
		answer, err := c.callReport(ctx, req.GetReport(), req.GetParameters())
		if err != nil {
			return nil, err
		}
		zone := cmp.Or(zone, c.zones[req.GetReport()], time.UTC)
		records, rejected := adapter.ReadEach(answer.Records, func(row json.RawMessage) (*securereporterv1.Record, error) {
			return recordOf(row, zone)
		})
		return &securereporterv1.CallReportResponse{
			Message: answer.Message, Records: records, Rejected: rejectedOf(rejected),
		}, nil
	})
}

// zoneOf returns the named time zone, nil for none. This machine's own zone is
// refused: what a report says must not depend on where it is read.
func zoneOf(name string) (*time.Location, error) {
	if name == "" {
		return nil, nil //nolint:nilnil // none is asked for
	}
	zone, err := time.LoadLocation(name)
	if err != nil || zone == time.Local {
		return nil, rpc.FieldViolation("time_zone", "%q is no time zone; write one such as Europe/Berlin or UTC", name)
	}
	return zone, nil
}
