package securereporter

import (
	"context"

	"github.com/signalbox-io/signalbox/pkg/rpc"
	securereporterv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/securereporter/v1"
	"github.com/signalbox-io/signalbox/services/adapter"
)

// CallReport runs a report and returns its rows. A row that is no object is
// rejected.
func (s *Server) CallReport(
	ctx context.Context, req *securereporterv1.CallReportRequest,
) (*securereporterv1.CallReportResponse, error) {
	if err := checkReport(req); err != nil {
		return nil, err
	}
	account, err := s.accounts.Find(req.GetSource())
	if err != nil {
		return nil, err
	}
	answer, err := account.Client.callReport(ctx, req.GetReport(), req.GetParameters())
	if err := account.Done(err); err != nil {
		return nil, err
	}
	records, rejected := adapter.ReadEach(answer.Records, recordOf)
	response := &securereporterv1.CallReportResponse{Message: answer.Message, Records: records}
	for _, r := range rejected {
		response.Rejected = append(response.Rejected,
			&securereporterv1.RejectedRecord{Index: r.Index, Reason: r.Reason, Raw: r.Raw})
	}
	return response, nil
}

func checkReport(req *securereporterv1.CallReportRequest) error {
	if !adapter.IsPathPart(req.GetReport()) {
		return rpc.FieldViolation("report", "is no slug and no number of a report")
	}
	for name := range req.GetParameters() {
		if name == "" {
			return rpc.FieldViolation("parameters", "a bind variable has no name")
		}
	}
	return nil
}
