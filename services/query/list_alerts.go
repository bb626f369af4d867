package query

import (
	"context"
	"errors"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"

	"github.com/signalbox-io/signalbox/pkg/bus"
	"github.com/signalbox-io/signalbox/pkg/inventory"
	"github.com/signalbox-io/signalbox/pkg/rpc"
	queryv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/query/v1"
	sourcev1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/source/v1"
	"github.com/signalbox-io/signalbox/services/query/store"
)

// ListAlerts returns one page of the alerts of Anodot accounts as their pollers
// last read them, by source and id.
func (s *Server) ListAlerts(
	ctx context.Context, req *queryv1.ListAlertsRequest,
) (*queryv1.ListAlertsResponse, error) {
	page, next, err := list(ctx, s, alertRecords(s.bus), req)
	if err != nil {
		return nil, err
	}
	return &queryv1.ListAlertsResponse{Alerts: page, NextPageToken: next}, nil
}

// GetAlert returns one alert and when those of its source were read, or NotFound.
func (s *Server) GetAlert(ctx context.Context, req *queryv1.GetAlertRequest) (*queryv1.GetAlertResponse, error) {
	switch {
	case req.GetSource() == "":
		return nil, rpc.FieldViolation("source", "is empty; give the name of a source")
	case req.GetId() == "":
		return nil, noID("alert")
	}
	ctx, cancel := context.WithTimeout(ctx, busTime)
	defer cancel()
	alert, err := inventory.Get(ctx, s.bus.Alerts(), req.GetSource(), req.GetId())
	if errors.Is(err, inventory.ErrUnknown) {
		return nil, notFound("alert", req.GetId(), "its source has none of that id, or its alerts were not read yet: see ListAlerts")
	}
	if err != nil {
		return nil, s.unreadable(ctx, busError{"the alerts", err})
	}
	reading, err := inventory.Reading(ctx, s.bus.Alerts(), req.GetSource())
	if err != nil {
		return nil, s.unreadable(ctx, busError{"the alerts", err})
	}
	return &queryv1.GetAlertResponse{Alert: alert, ReadAt: reading.GetReadAt()}, nil
}

func alertRecords(b *bus.Bus) records[*sourcev1.Alert] {
	return records[*sourcev1.Alert]{
		table: "alerts",
		rows:  &alertBook{bus: b},
		empty: func() *sourcev1.Alert { return &sourcev1.Alert{} },
		filter: func(text string) (filter[*sourcev1.Alert], error) {
			return messageFilter("alert", &sourcev1.Alert{}, text)
		},
	}
}

// alertBook reads the alerts from their bucket, for one call. A position in it is
// the source and the id.
type alertBook struct {
	bus    *bus.Bus
	alerts []*sourcev1.Alert // nil before they are read
}

// Page returns up to limit alerts that come after the position.
func (b *alertBook) Page(ctx context.Context, _ store.Table, after store.Position, limit int) ([]store.Row, error) {
	if err := b.read(ctx); err != nil {
		return nil, err
	}
	from := 0
	if after != store.Newest() {
		at, isThere := slices.BinarySearchFunc(b.alerts, after.ID, func(a *sourcev1.Alert, key string) int {
			return strings.Compare(placeOf(a), key)
		})
		if from = at; isThere {
			from++
		}
	}
	page := b.alerts[from:min(from+limit, len(b.alerts))]
	rows := make([]store.Row, 0, len(page))
	for _, alert := range page {
		data, err := proto.Marshal(alert)
		if err != nil {
			return nil, err
		}
		rows = append(rows, store.Row{Position: store.Position{ID: placeOf(alert)}, Data: data})
	}
	return rows, nil
}

func (b *alertBook) read(ctx context.Context) error {
	if b.alerts != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, busTime)
	defer cancel()
	alerts, err := inventory.List(ctx, b.bus.Alerts(), "")
	if err != nil {
		return busError{"the alerts", err}
	}
	b.alerts = alerts
	return nil
}

// placeOf orders alerts as the list does: no name of a source has a zero byte.
func placeOf(a *sourcev1.Alert) string { return a.GetSource() + "\x00" + a.GetId() }
