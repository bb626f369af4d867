package engine

import (
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"

	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
)

// StopText says why actions are stopped, nothing while they are not.
func StopText(s *routerv1.StopSwitch) string {
	var reasons []string
	if hand := s.GetByHand(); hand != nil {
		reasons = append(reasons, "by "+hand.GetBy()+stopDetail(hand))
	}
	if configuration := s.GetByConfiguration(); configuration != nil {
		reasons = append(reasons, "by safety.stop in the configuration"+stopDetail(configuration))
	}
	if len(reasons) == 0 {
		return ""
	}
	return "actions are stopped " + strings.Join(reasons, ", and ")
}

func stopDetail(s *routerv1.Stop) string {
	text := " since " + s.GetAt().AsTime().Format(time.RFC3339)
	if s.GetReason() != "" {
		text += ": " + s.GetReason()
	}
	return text
}

// StopSwitch returns the switch as the engine took it last. It is shared: do not
// change it.
func (e *Engine) StopSwitch() *routerv1.StopSwitch { return e.stop }

// switchStop takes the switch as it stands from here on.
func (e *Engine) switchStop(in *routerv1.StopSwitch) {
	e.stop = nil
	if in.GetByHand() != nil || in.GetByConfiguration() != nil {
		e.stop = proto.CloneOf(in)
	}
}

// stopped says why the actions must not be asked for while all are stopped,
// nothing if they may. Where one of them ends a pause all are let through: whoever
// carries them out refuses the others one by one.
func (e *Engine) stopped(wishes []wish) string {
	if e.stop == nil || len(wishes) == 0 || slices.ContainsFunc(wishes, func(w wish) bool { return resumes(w.spec) }) {
		return ""
	}
	return StopText(e.stop)
}

// stop writes the switch while it stops anything. It is the last thing in a
// snapshot and not in those from before there was one.
func (w *encoder) stop(s *routerv1.StopSwitch) {
	if s != nil {
		w.message(s)
	}
}

func (x *restorer) stop() {
	if x.err != nil || len(x.rest) == 0 {
		return
	}
	s := &routerv1.StopSwitch{}
	x.message(s)
	if x.engine.switchStop(s); x.engine.stop == nil {
		x.fail() // it would not have been written
	}
}
