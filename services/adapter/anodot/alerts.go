package anodot

import (
	"context"

	"github.com/signalbox-io/signalbox/pkg/rpc"
	anodotv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anodot/v1"
	"github.com/signalbox-io/signalbox/services/adapter"
)

// ListAlerts returns every alert configuration of the account. A record
// without an id is left out and logged.
func (s *Server) ListAlerts(
	ctx context.Context, req *anodotv1.ListAlertsRequest,
) (*anodotv1.ListAlertsResponse, error) {
	account, err := s.accounts.Find(req.GetSource())
	if err != nil {
		return nil, err
	}
	records, err := account.Client.listAlerts(ctx)
	if err := account.Done(err); err != nil {
		return nil, err
	}
	alerts, rejected := adapter.ReadEach(records, alertOf)
	for _, r := range rejected {
		s.logger.WarnContext(ctx, "alert configuration cannot be read",
			"source", req.GetSource(), "index", r.Index, "reason", r.Reason)
	}
	return &anodotv1.ListAlertsResponse{Alerts: alerts}, nil
}

// GetAlert returns one alert configuration.
func (s *Server) GetAlert(ctx context.Context, req *anodotv1.GetAlertRequest) (*anodotv1.GetAlertResponse, error) {
	account, err := s.find(req.GetSource(), req.GetAlertId())
	if err != nil {
		return nil, err
	}
	alert, err := account.Client.getAlert(ctx, req.GetAlertId())
	if err := account.Done(err); err != nil {
		return nil, err
	}
	return &anodotv1.GetAlertResponse{Alert: alert}, nil
}

// PauseAlert pauses one alert, once. After an OUTCOME_UNKNOWN error the caller
// reads the alert back.
func (s *Server) PauseAlert(
	ctx context.Context, req *anodotv1.PauseAlertRequest,
) (*anodotv1.PauseAlertResponse, error) {
	account, err := s.find(req.GetSource(), req.GetAlertId())
	if err != nil {
		return nil, err
	}
	if err := account.Done(account.Client.setState(ctx, req.GetAlertId(), "pause")); err != nil {
		return nil, err
	}
	return &anodotv1.PauseAlertResponse{}, nil
}

// ResumeAlert resumes one alert, once. After an OUTCOME_UNKNOWN error the
// caller reads the alert back.
func (s *Server) ResumeAlert(
	ctx context.Context, req *anodotv1.ResumeAlertRequest,
) (*anodotv1.ResumeAlertResponse, error) {
	account, err := s.find(req.GetSource(), req.GetAlertId())
	if err != nil {
		return nil, err
	}
	if err := account.Done(account.Client.setState(ctx, req.GetAlertId(), "resume")); err != nil {
		return nil, err
	}
	return &anodotv1.ResumeAlertResponse{}, nil
}

// find returns the account for a call about one alert. An id that would lead
// the path elsewhere is refused here.
func (s *Server) find(source, alertID string) (*adapter.Account[*client], error) {
	if !adapter.IsPathPart(alertID) {
		return nil, rpc.FieldViolation("alert_id", "is no id of an alert")
	}
	return s.accounts.Find(source)
}
