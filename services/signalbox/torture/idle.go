package main

import (
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"google.golang.org/protobuf/proto"

	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
)

// idleTime bounds one look at the records.
const idleTime = 2 * time.Second

// isIdle asks the product's own records whether anything is under way. That says
// only when to stop waiting: what is right is not asked of them.
func (b *box) isIdle(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, idleTime)
	defer cancel()
	return isEach(ctx, b.bus.Ledger(), isEnded) && isEach(ctx, b.bus.Leases(), isReleased)
}

// isEach reports whether the test holds for each value of the bucket.
func isEach(ctx context.Context, bucket jetstream.KeyValue, test func([]byte) bool) bool {
	keys, err := bucket.Keys(ctx)
	if errors.Is(err, jetstream.ErrNoKeysFound) {
		return true
	}
	if err != nil {
		return false
	}
	for _, key := range keys {
		entry, err := bucket.Get(ctx, key)
		if err != nil || !test(entry.Value()) {
			return false
		}
	}
	return true
}

// isEnded holds for actions at their end, and for what is no action.
func isEnded(value []byte) bool {
	a := &actionv1.Action{}
	if proto.Unmarshal(value, a) != nil {
		return true
	}
	switch a.GetState() {
	case actionv1.State_STATE_PENDING, actionv1.State_STATE_ATTEMPTING:
		return false
	default:
		return true
	}
}

// isReleased holds for leases that are over, and for what is no lease.
func isReleased(value []byte) bool {
	l := &actionv1.Lease{}
	return proto.Unmarshal(value, l) != nil || l.GetState() != actionv1.LeaseState_LEASE_STATE_ACTIVE
}
