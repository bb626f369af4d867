package anodot

import (
	"context"

	"github.com/signalbox-io/signalbox/pkg/rpc"
	anodotv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anodot/v1"
	"github.com/signalbox-io/signalbox/services/adapter"
)

// ListAlerts returns every alert configuration of the account. A record
// without an id is rejected.
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
	convert := alertOf
	if req.GetFull() {
		convert = fullAlertOf
	}
	alerts, rejected := adapter.ReadEach(records, convert)
	return &anodotv1.ListAlertsResponse{Alerts: alerts, Rejected: rejectedOf(rejected)}, nil
}

// GetAlert returns one alert, whole, and its configuration as the vendor writes
// it where that was asked for.
func (s *Server) GetAlert(ctx context.Context, req *anodotv1.GetAlertRequest) (*anodotv1.GetAlertResponse, error) {
	if err := needAlert(req.GetAlertId()); err != nil {
		return nil, err
	}
	convert := fullAlertOf
	if req.GetFields() {
		convert = writtenAlertOf
	}
	alert, err := call(s, req.GetSource(), func(c *client) (*anodotv1.Alert, error) {
		return getAlert(ctx, c, req.GetAlertId(), convert)
	})
	if err != nil {
		return nil, err
	}
	return &anodotv1.GetAlertResponse{Alert: alert}, nil
}

// CreateAlert creates one alert, once. After an OUTCOME_UNKNOWN error the
// caller looks for its title.
func (s *Server) CreateAlert(
	ctx context.Context, req *anodotv1.CreateAlertRequest,
) (*anodotv1.CreateAlertResponse, error) {
	alert, err := call(s, req.GetSource(), func(c *client) (*anodotv1.Alert, error) { return c.createAlert(ctx, req) })
	if err != nil {
		return nil, err
	}
	return &anodotv1.CreateAlertResponse{Alert: alert}, nil
}

// UpdateAlert changes one alert's configuration, once. After an
// OUTCOME_UNKNOWN error the caller reads the alert back. Between the reading
// and the writing of an update by fields somebody else's change is lost.
func (s *Server) UpdateAlert(
	ctx context.Context, req *anodotv1.UpdateAlertRequest,
) (*anodotv1.UpdateAlertResponse, error) {
	if err := needAlert(req.GetAlertId()); err != nil {
		return nil, err
	}
	alert, err := call(s, req.GetSource(), func(c *client) (*anodotv1.Alert, error) { return c.updateAlert(ctx, req) })
	if err != nil {
		return nil, err
	}
	return &anodotv1.UpdateAlertResponse{Alert: alert}, nil
}

// DeleteAlert deletes one alert, once. NOT_FOUND says that there is none.
func (s *Server) DeleteAlert(
	ctx context.Context, req *anodotv1.DeleteAlertRequest,
) (*anodotv1.DeleteAlertResponse, error) {
	if err := needAlert(req.GetAlertId()); err != nil {
		return nil, err
	}
	return call(s, req.GetSource(), func(c *client) (*anodotv1.DeleteAlertResponse, error) {
		return &anodotv1.DeleteAlertResponse{}, c.deleteAlert(ctx, req.GetAlertId())
	})
}

// PauseAlert pauses one alert, once. After an OUTCOME_UNKNOWN error the caller
// reads the alert back.
func (s *Server) PauseAlert(
	ctx context.Context, req *anodotv1.PauseAlertRequest,
) (*anodotv1.PauseAlertResponse, error) {
	if err := needAlert(req.GetAlertId()); err != nil {
		return nil, err
	}
	return call(s, req.GetSource(), func(c *client) (*anodotv1.PauseAlertResponse, error) {
		return &anodotv1.PauseAlertResponse{}, c.setState(ctx, req.GetAlertId(), "pause")
	})
}

// ResumeAlert resumes one alert, once. After an OUTCOME_UNKNOWN error the
// caller reads the alert back.
func (s *Server) ResumeAlert(
	ctx context.Context, req *anodotv1.ResumeAlertRequest,
) (*anodotv1.ResumeAlertResponse, error) {
	if err := needAlert(req.GetAlertId()); err != nil {
		return nil, err
	}
	return call(s, req.GetSource(), func(c *client) (*anodotv1.ResumeAlertResponse, error) {
		return &anodotv1.ResumeAlertResponse{}, c.setState(ctx, req.GetAlertId(), "resume")
	})
}

func needAlert(id string) error {
	if !adapter.IsPathPart(id) {
		return rpc.FieldViolation("alert_id", "is no id of an alert")
	}
	return nil
}
