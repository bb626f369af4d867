package anomify

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/signalbox-io/signalbox/pkg/rpc"
	anomifyv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anomify/v1"
	"github.com/signalbox-io/signalbox/services/adapter"
)

const (
	adminAlertsPath = "/org/adminalerts"
	adminAlerts     = "admin_alerts"
	// leastWait is the vendor's own minimum, in seconds.
	leastWait = 300
)

// ListAdminAlerts returns the alerts about the organisation itself. It goes
// before other reads, because whoever changed some with unknown outcome waits
// for it.
func (s *Server) ListAdminAlerts(
	ctx context.Context, req *anomifyv1.ListAdminAlertsRequest,
) (*anomifyv1.ListAdminAlertsResponse, error) {
	get := read("list_admin_alerts", adminAlertsPath, nil)
	get.Urgent = true
	got, err := listOf(ctx, s, req.GetSource(), get, adminAlerts, objectOf[anomifyv1.AdminAlert])
	if err != nil {
		return nil, err
	}
	return &anomifyv1.ListAdminAlertsResponse{AdminAlerts: got.records, Rejected: got.rejected}, nil
}

// GetAdminAlert returns one alert about the organisation itself.
func (s *Server) GetAdminAlert(
	ctx context.Context, req *anomifyv1.GetAdminAlertRequest,
) (*anomifyv1.GetAdminAlertResponse, error) {
	if err := needID("alert_code", req.GetAlertCode()); err != nil {
		return nil, err
	}
	get := read("get_admin_alert", under("/org/adminalert", req.GetAlertCode()), nil)
	alert, err := oneOf(ctx, s, req.GetSource(), get, "admin_alert", objectOf[anomifyv1.AdminAlert])
	if err != nil {
		return nil, err
	}
	return &anomifyv1.GetAdminAlertResponse{AdminAlert: alert}, nil
}

// UpdateAdminAlerts changes what is given of the alerts about the organisation
// itself, once. After an OUTCOME_UNKNOWN error the caller reads them back.
func (s *Server) UpdateAdminAlerts(
	ctx context.Context, req *anomifyv1.UpdateAdminAlertsRequest,
) (*anomifyv1.UpdateAdminAlertsResponse, error) {
	if err := checkChanges(req.GetChanges()); err != nil {
		return nil, err
	}
	form := adminAlertsForm(req.GetChanges())
	if len(form) == 0 {
		return nil, rpc.FieldViolation("changes", "change nothing")
	}
	post := effect("update_admin_alerts", adminAlertsPath, form)
	response, err := shownOf(ctx, s, req.GetSource(), post, whole, changedAdminAlerts)
	if response == nil {
		response = &anomifyv1.UpdateAdminAlertsResponse{}
	}
	if err != nil {
		return nil, err
	}
	return response, nil
}

func checkChanges(changes []*anomifyv1.AdminAlertChange) error {
	seen := map[string]bool{}
	for _, change := range changes {
		id := change.GetId()
		switch {
		case id == "" || strings.ContainsAny(id, "_ "):
			return rpc.FieldViolation("changes", "%q is no id of an admin alert", id)
		case seen[id]:
			return rpc.FieldViolation("changes", "%q is there twice", id)
		case change.WaitSeconds != nil && change.GetWaitSeconds() < leastWait:
			return rpc.FieldViolation("changes", "wait_seconds of %q is less than the vendor's %d", id, leastWait)
		}
		seen[id] = true
	}
	return nil
}

func changedAdminAlerts(data json.RawMessage) (*anomifyv1.UpdateAdminAlertsResponse, error) {
	records, failure := listIn(data, adminAlerts)
	if failure != nil {
		return nil, failure
	}
	alerts, rejections := adapter.ReadEach(records, objectOf[anomifyv1.AdminAlert])
	return &anomifyv1.UpdateAdminAlertsResponse{AdminAlerts: alerts, Rejected: rejectedOf(rejections)}, nil
}
