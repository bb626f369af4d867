package project

import (
	"errors"
	"fmt"
	"strings"

	"github.com/nats-io/nats.go"
	"google.golang.org/protobuf/proto"

	"github.com/signalbox-io/signalbox/pkg/bus"
	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	"github.com/signalbox-io/signalbox/services/query/store"
)

var errNoID = errors.New("message has no id")

// message is what a loop reads from a stream.
type message struct {
	subject string
	header  nats.Header
	data    []byte
}

// decoded is a row, and the event it holds if it holds one.
type decoded struct {
	record store.Record
	event  *eventv1.Event
}

// source is one stream and what becomes of its messages.
type source struct {
	stream string
	tables []store.Table
	decode func(message) (decoded, error)
}

func sources() []source {
	return []source{
		{bus.StreamEvents, []store.Table{store.Events}, decodeEvent},
		{bus.StreamDecisions, []store.Table{store.Decisions}, decodeDecision},
		{bus.StreamActions, []store.Table{store.Actions, store.Leases}, decodeActionOrLease},
	}
}

func decodeEvent(m message) (decoded, error) {
	e, err := bus.DecodeEvent(m.header, m.data)
	if err != nil {
		return decoded{}, err
	}
	record, err := encode(store.Record{Table: store.Events, ID: e.GetId(), At: e.GetOccurredAt().AsTime()}, e)
	return decoded{record: record, event: e}, err
}

func decodeDecision(m message) (decoded, error) {
	d, err := bus.DecodeDecision(m.header, m.data)
	if err != nil {
		return decoded{}, err
	}
	record, err := encode(store.Record{Table: store.Decisions, ID: d.GetId(), At: d.GetTime().AsTime()}, d)
	return decoded{record: record}, err
}

func decodeActionOrLease(m message) (decoded, error) {
	switch {
	case matches(m.subject, bus.AllActions):
		return decodeAction(m)
	case matches(m.subject, bus.AllLeases):
		return decodeLease(m)
	default:
		return decoded{}, fmt.Errorf("subject %s is neither an action's nor a lease's", m.subject)
	}
}

func matches(subject, filter string) bool {
	return strings.HasPrefix(subject, strings.TrimSuffix(filter, ">"))
}

func decodeAction(m message) (decoded, error) {
	a, err := bus.DecodeAction(m.header, m.data)
	if err != nil {
		return decoded{}, err
	}
	record, err := encode(store.Record{
		Table: store.Actions, ID: a.GetId(), At: a.GetCreatedAt().AsTime(),
		Updated: a.GetUpdatedAt().AsTime(), Attempts: a.GetAttempts(), Kept: isOpen(a.GetState()),
	}, a)
	return decoded{record: record}, err
}

// isOpen reports whether something will still happen to the action, so that
// it must be seen however old it is.
func isOpen(state actionv1.State) bool {
	switch state {
	case actionv1.State_STATE_AWAITING_APPROVAL, actionv1.State_STATE_PENDING, actionv1.State_STATE_ATTEMPTING:
		return true
	default:
		return false
	}
}

func decodeLease(m message) (decoded, error) {
	l, err := bus.DecodeLease(m.header, m.data)
	if err != nil {
		return decoded{}, err
	}
	record, err := encode(store.Record{
		Table: store.Leases, ID: l.GetId(), At: l.GetTakenAt().AsTime(), Updated: l.GetUpdatedAt().AsTime(),
		Kept: l.GetState() == actionv1.LeaseState_LEASE_STATE_ACTIVE,
	}, l)
	return decoded{record: record}, err
}

// encode fills in the data. It encodes again what was just decoded, because
// messages may be JSON and rows are always protobuf.
func encode(record store.Record, m proto.Message) (store.Record, error) {
	if record.ID == "" {
		return store.Record{}, errNoID
	}
	data, err := proto.Marshal(m)
	if err != nil {
		return store.Record{}, fmt.Errorf("encode %s: %w", record.ID, err)
	}
	record.Data = data
	return record, nil
}
