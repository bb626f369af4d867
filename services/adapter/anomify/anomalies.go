package anomify

import (
	"context"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/rpc"
	anomifyv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anomify/v1"
	"github.com/signalbox-io/signalbox/services/adapter"
)

// ListAnomalies returns the anomalies of a window of time, oldest first.
func (s *Server) ListAnomalies(
	ctx context.Context, req *anomifyv1.ListAnomaliesRequest,
) (*anomifyv1.ListAnomaliesResponse, error) {
	if err := checkWindow(req.GetFromTime(), req.GetUntilTime()); err != nil {
		return nil, err
	}
	account, err := s.accounts.Find(req.GetSource())
	if err != nil {
		return nil, err
	}
	records, err := account.Client.listAnomalies(ctx,
		req.GetFromTime().GetSeconds(), req.GetUntilTime().GetSeconds(), req.GetMetric())
	if err := account.Done(err); err != nil {
		return nil, err
	}
	anomalies, rejected := adapter.ReadEach(records, anomalyOf)
	sortAnomalies(anomalies)
	response := &anomifyv1.ListAnomaliesResponse{Anomalies: anomalies}
	for _, r := range rejected {
		response.Rejected = append(response.Rejected,
			&anomifyv1.RejectedRecord{Index: r.Index, Reason: r.Reason, Raw: r.Raw})
	}
	return response, nil
}

func checkWindow(from, until *timestamppb.Timestamp) error {
	switch {
	case from.CheckValid() != nil || from.GetSeconds() < 0:
		return rpc.FieldViolation("from_time", "is missing or out of range")
	case until.CheckValid() != nil:
		return rpc.FieldViolation("until_time", "is missing or out of range")
	case until.GetSeconds() < from.GetSeconds():
		return rpc.FieldViolation("until_time", "lies before from_time")
	default:
		return nil
	}
}
