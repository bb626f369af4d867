package router

import (
	"context"
	"errors"
	"log/slog"
	"strings"

	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
)

// offering is an inventory on its way to the engine.
type offering struct {
	alerts alertSet
	taken  chan error // hears of each piece
	left   int        // pieces that were not heard of
	err    error      // of one that was refused
}

// tell offers to the engine what has changed since the last inventory that was
// recorded. While one waits to be, no other is offered.
func (v *inventory) tell(ctx context.Context, source string, alerts alertSet) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if !v.isSettled(source) {
		return
	}
	if err := v.offer(source, alerts); err != nil {
		v.logger.ErrorContext(ctx, "the engine does not hear of the alerts of an account; they are offered again",
			slog.String("source", source), slog.String("error", brief(err)))
	}
}

// isSettled reports whether nothing of the source waits to be recorded. What was
// recorded is known from then on; of what was refused in part, nothing is.
func (v *inventory) isSettled(source string) bool {
	o := v.offered[source]
	if o == nil {
		return true
	}
	for o.left > 0 {
		select {
		case err := <-o.taken:
			o.left--
			o.err = errors.Join(o.err, err)
		default:
			return false
		}
	}
	delete(v.offered, source)
	if v.told[source] = o.alerts; o.err != nil {
		delete(v.told, source)
	}
	return true
}

// offer offers what has changed, in pieces that the bus takes.
func (v *inventory) offer(source string, next alertSet) error {
	parts, err := changesOf(source, v.told[source], next, min(maxPiece, (v.bus.Conn().MaxPayload()-headerRoom)/2), v.bus.Size)
	if err != nil || len(parts) == 0 {
		return err
	}
	o := &offering{alerts: next, taken: make(chan error, len(parts)), left: len(parts)}
	offers := make([]offer, len(parts))
	for i, part := range parts {
		offers[i] = offer{input: &routerv1.Input{Content: &routerv1.Input_Inventory{Inventory: part}}, taken: o.taken}
	}
	if err := v.inputs.add(offers...); err != nil {
		return err
	}
	v.offered[source] = o
	return nil
}

// heard takes note of an input after which the engine takes an alert for active: a
// lease or a pause that ended. Whether the vendor agrees shows in the next reading,
// which is told to the engine again, also where it says what the last one said:
// otherwise an alert that stayed paused would not be counted any more.
func (v *inventory) heard(in *routerv1.Input) {
	var source, target string
	switch content := in.GetContent().(type) {
	case *routerv1.Input_LeaseEnded:
		source, target = content.LeaseEnded.GetSource(), content.LeaseEnded.GetTarget()
	case *routerv1.Input_ActionEnded:
		source, target = content.ActionEnded.GetSource(), content.ActionEnded.GetTarget()
	}
	id, isAlert := strings.CutPrefix(target, "alert:")
	if !isAlert || v == nil {
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.told[source].doubt(id)
	if o := v.offered[source]; o != nil {
		o.alerts.doubt(id)
	}
}

// doubt lets an alert be told again.
func (s alertSet) doubt(id string) {
	if _, isKnown := s[id]; isKnown {
		s[id] = nil
	}
}
