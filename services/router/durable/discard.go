package durable

// Discard is why something is passed over that nothing but the log names. Whoever
// counts it must not block.
type Discard string

// Why something is passed over.
const (
	// MessageRefused is the message of a state that the bus will never take; the
	// state is in its bucket.
	MessageRefused Discard = "message_refused"
	// DamagedAction is a record of an action that cannot be read, each time that it
	// is met: its action is not taken up.
	DamagedAction Discard = "damaged_action"
	// DamagedLease is a record of a lease that cannot be read, each time that it is
	// met: it is taken for none.
	DamagedLease Discard = "damaged_lease"
)

// Ignored is for those who count nothing.
func Ignored(Discard) {}
