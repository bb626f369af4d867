package engine

import (
	"fmt"

	"github.com/signalbox-io/signalbox/services/router/match"
)

// Wire takes the event that in.Wire holds, as [Engine.Event] takes a message.
// It is unmarshalled only where more than its header matters: it meets a
// condition, is late, or is held back.
//
// An error says why the bytes hold no event that can be judged: Unmarshal or
// event.Validate refuse it. Then nothing has happened, and the clock has not
// moved.
func (e *Engine) Wire(in Input) ([]Output, error) {
	if err := e.reader.ReadWire(in.Wire); err != nil {
		return nil, err
	}
	head := e.reader.Header()
	if err := e.reader.Validate(); err != nil {
		return nil, fmt.Errorf("event %.64q: %w", head.ID, err)
	}
	return e.arrive(&arrival{at: head.OccurredAt, sequence: in.Sequence}, in.Time), nil
}

// Header returns the header of the event that was taken last, also of a
// duplicate. The texts of one from [Engine.Wire] are parts of its bytes: clone
// what is kept.
func (e *Engine) Header() match.Header { return e.reader.Header() }

// whole returns the arrival with its event, unmarshalled from what the matcher
// has read where nothing needed it before. The matcher accepts only what
// unmarshals.
func whole(a *arrival, m *match.Matcher) *arrival {
	if a.event == nil {
		a.event, _ = m.Event()
	}
	return a
}
