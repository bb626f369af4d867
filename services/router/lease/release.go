package lease

import (
	"context"
	"errors"
	"fmt"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
)

// ErrNotActive is returned for a lease that is not active, or not any more.
var ErrNotActive = errors.New("no active lease has this id")

// ByID returns the active lease with the id, nil if there is none. The answer is
// shared: do not change it.
func (k *Keeper) ByID(id string) *actionv1.Lease {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, l := range k.active {
		if l.GetId() == id {
			return l
		}
	}
	return nil
}

// Release lets the time of all holders be over now, and keeps who asked for it and
// why. It is told by [Keeper.Run] as the end of every lease is. One whose time was
// over before stays as it is: it is ending. A lease that is not active gives
// ErrNotActive.
func (k *Keeper) Release(ctx context.Context, key Key, id, by, why string) (*actionv1.Lease, error) {
	l, err := k.change(ctx, key, func(l *actionv1.Lease) *actionv1.Lease {
		now := k.now()
		if l.GetId() != id || !isActive(l) || !l.GetUntil().AsTime().After(now) {
			return nil
		}
		l = proto.CloneOf(l)
		l.Until, l.ReleasedBy, l.ReleaseReason = timestamppb.New(now), by, why
		for _, h := range l.GetHolders() {
			if h.GetUntil().AsTime().After(now) {
				h.Until = l.GetUntil()
			}
		}
		return l
	})
	switch {
	case err != nil:
		return nil, fmt.Errorf("release lease %s: %w", id, err)
	case l.GetId() != id || !isActive(l):
		return nil, ErrNotActive
	default:
		return l, nil
	}
}

// reasonOf is why the lease ends at its time: the reason that is given, or a
// person's word.
func reasonOf(l *actionv1.Lease, reason string) string {
	if l.GetReleasedBy() == "" {
		return reason
	}
	return ReleaseText(l)
}

// ReleaseText says who ended a lease before its time, and why.
func ReleaseText(l *actionv1.Lease) string {
	text := "released by " + l.GetReleasedBy()
	if l.GetReleaseReason() != "" {
		text += ": " + l.GetReleaseReason()
	}
	return text
}
