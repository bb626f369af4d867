package action

import (
	"context"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
)

// effect is what an action asks of a vendor, and how one knows that it is there.
// docs/actions.md has a row for each.
type effect struct {
	// did is the word for it: paused, created, deleted.
	did string
	// noun is what it makes, with the vendor's id of it behind: a watcher.
	noun string
	// already is the detail of an action whose effect was there before anything
	// was asked for; nothing stands for the word and `already`.
	already string
	// look reads where the target stands at the vendor. Where it is nil nothing can
	// be read back.
	look func(context.Context) (sight, error)
	// ask asks for the effect and returns the vendor's id of what it made, where
	// the answer shows one: that it is there needs no other proof.
	ask func(context.Context) (made string, err error)
	// until is when it ends, nil for what stays: it is under a lease till then.
	until *timestamppb.Timestamp
	// makes something: asked for twice, it would be there twice.
	makes bool
	// deletes tells that a target which the vendor does not know has it.
	deletes bool
	// resumes what a lease holds.
	resumes bool
	// repeats tells that one which cannot be read back, and may have happened, is
	// asked for again.
	repeats bool
	// giveUp is how long it is tried.
	giveUp time.Duration
}

// sight is where a target stands at the vendor.
type sight struct {
	// state is its state before the effect, as the ledger keeps it.
	state string
	// isThere tells that the effect is there, wasThere that it was made and undone
	// since.
	isThere, wasThere bool
	// isPartial tells that it may be a record of the vendor's list that could not be
	// read.
	isPartial bool
	// made is the vendor's id of what the effect made, empty where it makes none.
	made string
	// never says why the target must not be touched.
	never string
}

// The states of a target as the ledger and the lease keep them.
const (
	stateActive  = "active"
	statePaused  = "paused"
	stateAbsent  = "absent"
	stateDeleted = "deleted"
	statePresent = "present"
	stateOther   = "other" // than it shall be
)

// stateOf is the state of what is there, or not.
func stateOf(is bool, yes, no string) string {
	if is {
		return yes
	}
	return no
}

// effectOf returns what the action asks for, nil for an operation that is not
// known.
func (x *Executor) effectOf(a *actionv1.Action) *effect {
	e := x.anodotEffect(a)
	if e == nil {
		e = x.anomifyEffect(a)
	}
	if e == nil {
		e = x.sentEffect(a)
	}
	if e != nil && e.giveUp == 0 {
		e.giveUp = x.opts.GiveUpOthersAfter
	}
	return e
}
