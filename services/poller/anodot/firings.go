package anodot

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/poll"
	anodotv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anodot/v1"
)

// firings returns the firings that began in the window. The vendor has no end of
// a window: it lists up to the present, oldest first, so that reading can end
// where the window does.
func (s *Source) firings(ctx context.Context, w poll.Window) (poll.Batch, error) {
	ctx, cancel := context.WithTimeout(ctx, pages*s.timeout)
	defer cancel()
	var batch poll.Batch
	stream, err := s.client.ListTriggeredAlerts(ctx, &anodotv1.ListTriggeredAlertsRequest{
		// The vendor lists what began after a time, not at it.
		Source: s.name, StartTime: timestamppb.New(w.From.Add(-time.Second)), WithMetrics: true,
	})
	if err != nil {
		return batch, fmt.Errorf("list triggered alerts: %w", err)
	}
	for {
		page, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return batch, nil
		}
		if err != nil {
			return poll.Batch{}, fmt.Errorf("list triggered alerts: %w", err)
		}
		rest := page.GetAlerts()
		if !s.isPresent(w) {
			page.Alerts = before(page.GetAlerts(), w.To)
		}
		batch.Append(ConvertFirings(s.name, page, s.now()))
		if len(rest) > 0 && len(page.GetAlerts()) == 0 {
			return batch, nil // all of this page, and all that follow, are beyond the window
		}
	}
}

// before returns the firings that began before the end, and those that do not
// say when.
func before(alerts []*anodotv1.TriggeredAlert, end time.Time) []*anodotv1.TriggeredAlert {
	var kept []*anodotv1.TriggeredAlert
	for _, alert := range alerts {
		if alert.GetStartTime().AsTime().Before(end) {
			kept = append(kept, alert)
		}
	}
	return kept
}
