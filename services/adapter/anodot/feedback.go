package anodot

import (
	"context"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/rpc"
	anodotv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anodot/v1"
	"github.com/signalbox-io/signalbox/services/adapter"
)

// ListFeedback returns the verdicts given in a window of time. Whether the
// vendor includes the window's ends is not documented: overlap windows.
func (s *Server) ListFeedback(
	ctx context.Context, req *anodotv1.ListFeedbackRequest,
) (*anodotv1.ListFeedbackResponse, error) {
	if err := checkWindow(req.GetStartTime(), req.GetEndTime()); err != nil {
		return nil, err
	}
	account, err := s.accounts.Find(req.GetSource())
	if err != nil {
		return nil, err
	}
	window := feedbackWindow{Start: req.GetStartTime().GetSeconds(), End: req.GetEndTime().GetSeconds()}
	records, err := account.Client.listFeedback(ctx, window)
	if err := account.Done(err); err != nil {
		return nil, err
	}
	feedback, rejected := adapter.ReadEach(records, feedbackOf)
	response := &anodotv1.ListFeedbackResponse{Feedback: feedback}
	for _, r := range rejected {
		response.Rejected = append(response.Rejected,
			&anodotv1.RejectedRecord{Index: r.Index, Reason: r.Reason, Raw: r.Raw})
	}
	return response, nil
}

func checkWindow(start, end *timestamppb.Timestamp) error {
	switch {
	case start.CheckValid() != nil || start.GetSeconds() < 0:
		return rpc.FieldViolation("start_time", "is missing or out of range")
	case end.CheckValid() != nil:
		return rpc.FieldViolation("end_time", "is missing or out of range")
	case end.GetSeconds() < start.GetSeconds():
		return rpc.FieldViolation("end_time", "lies before start_time")
	default:
		return nil
	}
}
