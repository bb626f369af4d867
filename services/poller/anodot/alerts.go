package anodot

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/signalbox-io/signalbox/pkg/poll"
	"github.com/signalbox-io/signalbox/pkg/rpc"
	anodotv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anodot/v1"
	sourcev1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/source/v1"
)

const (
	// alertsEvery is the shortest time between two readings of the alerts.
	alertsEvery = 15 * time.Second
	// alertsTime is how long a reading may take. The events that were read wait for
	// it, so it must not wait for a budget that others have spent.
	alertsTime = 30 * time.Second
)

// alerts returns the alerts of the account as they stand, nil where it is not time
// to ask. err is how the rest of the account could be read: a credential that is
// refused is not shown again.
func (s *Source) alerts(ctx context.Context, err error) *poll.Alerts {
	now := s.now()
	if ctx.Err() != nil || now.Before(s.alertsDue) {
		return nil
	}
	s.alertsDue = now.Add(alertsEvery)
	if rpc.Reason(err) == rpc.ReasonCredentialRefused {
		return &poll.Alerts{At: now, Err: err}
	}
	ctx, cancel := context.WithTimeout(ctx, min(s.timeout, alertsTime))
	defer cancel()
	answer, err := s.client.ListAlerts(ctx, &anodotv1.ListAlertsRequest{Source: s.name})
	if err != nil {
		return &poll.Alerts{At: now, Err: fmt.Errorf("list alerts: %w", err)}
	}
	return &poll.Alerts{
		At: now, List: ConvertAlerts(answer), Unread: unreadOf(answer.GetRejected()), Unsure: unsureOf(answer.GetAlerts()),
	}
}

// unreadOf says why some alerts could not be read, nil where all of them were.
func unreadOf(rejected []*anodotv1.RejectedRecord) error {
	if len(rejected) == 0 {
		return nil
	}
	return fmt.Errorf("list alerts: %d of them could not be read, the first at index %d: %s",
		len(rejected), rejected[0].GetIndex(), rejected[0].GetReason())
}

// unsureOf says of how many alerts it is not known whether they are paused, nil where
// it is of all of them.
func unsureOf(alerts []*anodotv1.Alert) error {
	unknown := slices.DeleteFunc(slices.Clone(alerts), func(a *anodotv1.Alert) bool { return !a.GetStateUnknown() })
	if len(unknown) == 0 {
		return nil
	}
	return fmt.Errorf("list alerts: the state of %d alerts says neither that they are paused nor that they run, such as %.40q of alert %.64s",
		len(unknown), unknown[0].GetState(), unknown[0].GetId())
}

// ConvertAlerts turns an answer into what is known of the alerts.
func ConvertAlerts(answer *anodotv1.ListAlertsResponse) []*sourcev1.Alert {
	alerts := make([]*sourcev1.Alert, 0, len(answer.GetAlerts()))
	for _, alert := range answer.GetAlerts() {
		labels := slices.Clone(alert.GetLabels())
		slices.Sort(labels)
		alerts = append(alerts, &sourcev1.Alert{
			Id: alert.GetId(), Title: alert.GetTitle(), Severity: alert.GetSeverity(), Labels: labels,
			Paused: alert.GetPaused(), PausedUnknown: alert.GetStateUnknown(),
		})
	}
	return alerts
}
