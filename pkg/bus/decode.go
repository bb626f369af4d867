package bus

import (
	"errors"
	"fmt"

	"github.com/nats-io/nats.go"

	"github.com/signalbox-io/signalbox/pkg/event"
	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	decisionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/decision/v1"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
)

// DecodeEvent returns the event that a message carries. An error names what
// is wrong with it and makes the message a dead letter.
func DecodeEvent(header nats.Header, data []byte) (*eventv1.Event, error) {
	e := &eventv1.Event{}
	if err := decode(header, data, e); err != nil {
		return nil, fmt.Errorf("decode event: %w", err)
	}
	if err := event.Validate(e); err != nil {
		return nil, fmt.Errorf("decode event %.64q: %w", e.GetId(), err)
	}
	return e, nil
}

// IsProtobuf reports whether a message says that it carries protobuf bytes, which
// may be read without [DecodeEvent]. Whoever does and finds a fault lets that
// name it.
func IsProtobuf(header nats.Header) bool {
	contentType, err := contentTypeOf(header)
	return err == nil && contentType == ContentProtobuf
}

// DecodeDecision returns the decision that a message carries.
func DecodeDecision(header nats.Header, data []byte) (*decisionv1.Decision, error) {
	d := &decisionv1.Decision{}
	if err := decode(header, data, d); err != nil {
		return nil, fmt.Errorf("decode decision: %w", err)
	}
	return d, nil
}

// DecodeAction returns the action that a message carries.
func DecodeAction(header nats.Header, data []byte) (*actionv1.Action, error) {
	a := &actionv1.Action{}
	if err := decode(header, data, a); err != nil {
		return nil, fmt.Errorf("decode action: %w", err)
	}
	return a, nil
}

// DecodeLease returns the lease that a message carries.
func DecodeLease(header nats.Header, data []byte) (*actionv1.Lease, error) {
	l := &actionv1.Lease{}
	if err := decode(header, data, l); err != nil {
		return nil, fmt.Errorf("decode lease: %w", err)
	}
	return l, nil
}

// DecodeInput returns the input that a message carries. One that holds nothing
// is an error.
func DecodeInput(header nats.Header, data []byte) (*routerv1.Input, error) {
	in := &routerv1.Input{}
	if err := decode(header, data, in); err != nil {
		return nil, fmt.Errorf("decode input: %w", err)
	}
	if inputType(in) == "" {
		return nil, errors.New("decode input: it holds nothing that this version knows")
	}
	return in, nil
}
