package action

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"

	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	anodotv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anodot/v1"
)

// anodotEffect returns what an action on an alert or a data stream asks for, nil
// for any other.
func (x *Executor) anodotEffect(a *actionv1.Action) *effect {
	source := a.GetSource()
	switch o := a.GetOperation().(type) {
	case *actionv1.Action_PauseAlert:
		return x.leasedPause(o.PauseAlert.GetUntil(), x.alertSwitch(source, o.PauseAlert.GetAlertId()))
	case *actionv1.Action_ResumeAlert:
		return resume(x.alertSwitch(source, o.ResumeAlert.GetAlertId()))
	case *actionv1.Action_PauseStream:
		return x.leasedPause(o.PauseStream.GetUntil(), x.streamSwitch(source, o.PauseStream.GetStreamId()))
	case *actionv1.Action_ResumeStream:
		return resume(x.streamSwitch(source, o.ResumeStream.GetStreamId()))
	case *actionv1.Action_CreateAlert:
		return x.createAlert(source, o.CreateAlert)
	case *actionv1.Action_UpdateAlert:
		return x.updateAlert(source, o.UpdateAlert)
	case *actionv1.Action_DeleteAlert:
		return x.deleteAlert(source, o.DeleteAlert.GetAlertId())
	default:
		return nil
	}
}

// toggle is what can be paused and resumed.
type toggle struct {
	// isPaused reads it, and why it must not be touched.
	isPaused func(context.Context) (paused bool, never string, err error)
	// set pauses or resumes it.
	set func(ctx context.Context, paused bool) error
}

// leasedPause pauses under a lease. Somebody else's pause is no effect of ours.
func (x *Executor) leasedPause(until *timestamppb.Timestamp, of toggle) *effect {
	return &effect{
		did: "paused", already: detailForeign, until: until, giveUp: x.opts.GiveUpAfter,
		look: func(ctx context.Context) (sight, error) {
			paused, never, err := of.isPaused(ctx)
			return sight{state: stateOf(paused, statePaused, stateActive), isThere: paused, never: never}, err
		},
		ask: func(ctx context.Context) (string, error) { return "", of.set(ctx, true) },
	}
}

func resume(of toggle) *effect {
	return &effect{
		did: "resumed", resumes: true,
		look: func(ctx context.Context) (sight, error) {
			paused, _, err := of.isPaused(ctx)
			if isUnknownState(err) { // asked for again does no harm, and left paused does
				paused, err = true, nil
			}
			return sight{state: stateOf(paused, statePaused, stateActive), isThere: !paused}, err
		},
		ask: func(ctx context.Context) (string, error) { return "", of.set(ctx, false) },
	}
}

func (x *Executor) alertSwitch(source, id string) toggle {
	return toggle{
		isPaused: func(ctx context.Context) (bool, string, error) {
			alert, err := x.readAlert(ctx, source, id, false)
			switch {
			case err != nil:
				return false, "", err
			case alert.GetStateUnknown():
				return false, "", unknownStateError{alert.GetState()}
			}
			return alert.GetPaused(), x.opts.Never(alert), nil
		},
		set: func(ctx context.Context, paused bool) error {
			return x.onAnodot(ctx, source, func(ctx context.Context, client anodotv1.AnodotServiceClient) (err error) {
				if paused {
					_, err = client.PauseAlert(ctx, &anodotv1.PauseAlertRequest{Source: source, AlertId: id})
				} else {
					_, err = client.ResumeAlert(ctx, &anodotv1.ResumeAlertRequest{Source: source, AlertId: id})
				}
				return err
			})
		},
	}
}

// unknownStateError is the vendor's word for a state that nobody knows. To take its
// alert for running would end its lease, and to take it for paused would make a pause
// of ours somebody else's.
type unknownStateError struct{ word string }

func (e unknownStateError) Error() string {
	return fmt.Sprintf("the vendor's state %.40q says neither that the alert is paused nor that it runs; look at the alert there", e.word)
}

func isUnknownState(err error) bool {
	_, ok := errors.AsType[unknownStateError](err)
	return ok
}

func (x *Executor) streamSwitch(source, id string) toggle {
	return toggle{
		isPaused: func(ctx context.Context) (paused bool, never string, err error) {
			err = x.onAnodot(ctx, source, func(ctx context.Context, client anodotv1.AnodotServiceClient) error {
				response, err := client.GetDataStream(ctx, &anodotv1.GetDataStreamRequest{Source: source, DataStreamId: id})
				if err == nil && response.GetDataStream() == nil {
					err = errEmptyAnswer
				}
				paused = response.GetDataStream().GetPaused()
				return err
			})
			return paused, "", err
		},
		set: func(ctx context.Context, paused bool) error {
			return x.onAnodot(ctx, source, func(ctx context.Context, client anodotv1.AnodotServiceClient) (err error) {
				if paused {
					_, err = client.PauseDataStream(ctx, &anodotv1.PauseDataStreamRequest{Source: source, DataStreamId: id})
				} else {
					_, err = client.ResumeDataStream(ctx, &anodotv1.ResumeDataStreamRequest{Source: source, DataStreamId: id})
				}
				return err
			})
		},
	}
}

// createAlert is found again by the suffix of its title: the vendor does not keep
// titles apart.
func (x *Executor) createAlert(source string, o *actionv1.CreateAlert) *effect {
	mark := markOf(o.GetTitle())
	return &effect{
		did: "created", noun: "alert", already: detailExists, makes: true,
		look: func(ctx context.Context) (sight, error) {
			alerts, isWhole, err := x.listAlerts(ctx, source)
			for _, alert := range alerts {
				if markOf(alert.GetTitle()) == mark {
					return sight{state: statePresent, isThere: true, made: alert.GetId()}, err
				}
			}
			return sight{state: stateAbsent, isPartial: !isWhole}, err
		},
		ask: func(ctx context.Context) (made string, err error) {
			fields := &structpb.Struct{Fields: map[string]*structpb.Value{}}
			maps.Copy(fields.GetFields(), o.GetConfiguration().GetFields())
			fields.Fields["title"] = structpb.NewStringValue(o.GetTitle())
			err = x.onAnodot(ctx, source, func(ctx context.Context, client anodotv1.AnodotServiceClient) error {
				response, err := client.CreateAlert(ctx, &anodotv1.CreateAlertRequest{Source: source, Fields: fields})
				made = response.GetAlert().GetId()
				return err
			})
			return made, err
		},
	}
}

// updateAlert is there when the vendor shows each of its fields as it shall be.
func (x *Executor) updateAlert(source string, o *actionv1.UpdateAlert) *effect {
	return &effect{
		did: "changed",
		look: func(ctx context.Context) (sight, error) {
			alert, err := x.readAlert(ctx, source, o.GetAlertId(), true)
			if err != nil {
				return sight{}, err
			}
			return sight{
				state: stateOther, never: x.opts.Never(alert),
				isThere: shows(structpb.NewStructValue(alert.GetFields()), structpb.NewStructValue(o.GetConfiguration())),
			}, nil
		},
		ask: func(ctx context.Context) (string, error) {
			return "", x.onAnodot(ctx, source, func(ctx context.Context, client anodotv1.AnodotServiceClient) error {
				_, err := client.UpdateAlert(ctx, &anodotv1.UpdateAlertRequest{
					Source: source, AlertId: o.GetAlertId(), Fields: o.GetConfiguration(),
				})
				return err
			})
		},
	}
}

func (x *Executor) deleteAlert(source, id string) *effect {
	return &effect{
		did: "deleted", deletes: true,
		look: func(ctx context.Context) (sight, error) {
			alert, err := x.readAlert(ctx, source, id, false)
			if err != nil {
				return sight{}, err
			}
			return sight{state: statePresent, never: x.opts.Never(alert)}, nil
		},
		ask: func(ctx context.Context) (string, error) {
			return "", x.onAnodot(ctx, source, func(ctx context.Context, client anodotv1.AnodotServiceClient) error {
				_, err := client.DeleteAlert(ctx, &anodotv1.DeleteAlertRequest{Source: source, AlertId: id})
				return err
			})
		},
	}
}

// markOf returns by which part of its name a thing is found again: the suffix
// `[sb-…]`, which is the same for all firings of a key while the rest may tell of
// the event, or the name if it has none.
func markOf(name string) string {
	if i := strings.LastIndex(name, "[sb-"); i >= 0 && strings.HasSuffix(name, "]") {
		return name[i:]
	}
	return name
}

// shows reports whether a value that the vendor shows is as it shall be: an object
// may have more, a list may not, and null is what is not there.
func shows(shown, wanted *structpb.Value) bool {
	switch w := wanted.GetKind().(type) {
	case *structpb.Value_StructValue:
		for name, value := range w.StructValue.GetFields() {
			if !shows(shown.GetStructValue().GetFields()[name], value) {
				return false
			}
		}
		return true
	case *structpb.Value_ListValue:
		list := shown.GetListValue().GetValues()
		for i, value := range w.ListValue.GetValues() {
			if i >= len(list) || !shows(list[i], value) {
				return false
			}
		}
		return len(list) == len(w.ListValue.GetValues())
	case *structpb.Value_NullValue:
		return shown == nil || shown.AsInterface() == nil
	default:
		return shown != nil && shown.AsInterface() == wanted.AsInterface()
	}
}
