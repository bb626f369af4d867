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
	// UndecodableState is a message of a state that holds no record, when a bucket is
	// brought back: an earlier state of its record is taken, or none.
	UndecodableState Discard = "undecodable_state"
	// LeftAction is an action, or the end of a lease, that is left as it stands until
	// the next start, because its record cannot be read or written.
	LeftAction Discard = "left_action"
)

// Ignored is for those who count nothing.
func Ignored(Discard) {}
