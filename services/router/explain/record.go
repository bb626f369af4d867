package explain

import (
	"slices"

	"google.golang.org/protobuf/proto"

	decisionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/decision/v1"
)

// record is what a router recorded about the event.
type record struct {
	decisions []*decisionv1.Decision
	// isFollowed tells that the run was shown everything that the router took, so
	// that it decides as was recorded.
	isFollowed bool
	// isWhole tells that everything that was decided about the event is here.
	isWhole bool
}

// Recorded is told what a router recorded about the event, in its order. isFollowed
// tells that the run is shown everything that the router took, switches of rules
// too: then it decides the same, or the answer says that it differs. isWhole tells
// that nothing else can have been recorded: a record that is still to come is no
// difference.
func (r *Run) Recorded(decisions []*decisionv1.Decision, isFollowed, isWhole bool) {
	r.record = &record{decisions: decisions, isFollowed: isFollowed, isWhole: isWhole}
}

// Differs reports whether what some of these rules decide, or any for none, is
// another thing than what was recorded.
func (r *Run) Differs(names ...string) bool {
	for _, one := range r.set.Rules() {
		if (len(names) == 0 || slices.Contains(names, one.Name)) && r.differs(one.Name) {
			return true
		}
	}
	return false
}

// differs compares byte for byte.
func (r *Run) differs(name string) bool {
	if !r.record.isFollowed {
		return false
	}
	recorded := r.record.about(name)
	decided := slices.Concat(r.decisions[""], r.decisions[name])
	if !r.record.isWhole {
		decided = decided[:min(len(decided), len(recorded))]
	}
	return !slices.EqualFunc(recorded, decided, func(a, b *decisionv1.Decision) bool { return proto.Equal(a, b) })
}

// about returns what was recorded of a rule; of a late event, which no rule judged,
// that it came late.
func (r *record) about(name string) []*decisionv1.Decision {
	var about []*decisionv1.Decision
	for _, d := range r.decisions {
		if d.GetRule() == name || d.GetRule() == "" {
			about = append(about, d)
		}
	}
	return about
}
