package poll

import (
	"context"
	"fmt"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/signalbox-io/signalbox/pkg/rpc"
)

// Turn remembers with which part the next Gather begins, after one that was
// ended early: so a source with more parts than one fetch has time or budget
// for reads each of them in turn, and a part that ends every Gather hides none
// of the others. The zero value begins with the first part.
type Turn struct{ next int }

// end notes that the Gather ended at a part. One that time or budget did not
// suffice for comes first the next time, unless it was the first already.
func (t *Turn) end(at int, isFirst, isShort bool) {
	t.next = at + 1
	if isShort && !isFirst {
		t.next = at
	}
}

// Gather reads the parts of a source (its sites, reports, instances) one after
// another into one batch. A part that cannot be read costs only itself: the
// error tells of the first one, and of how many more there are. What would
// meet every part, such as a refused credential or a spent budget, ends it.
func Gather[P any](
	ctx context.Context, turn *Turn, parts []P, read func(context.Context, P) (Batch, error),
) (Batch, error) {
	var all Batch
	var first error
	more, begin := 0, turn.next
	turn.next = 0
	for i := range parts {
		at := (begin + i) % len(parts)
		batch, err := read(ctx, parts[at])
		all.Append(batch)
		switch {
		case err == nil:
			continue
		case first == nil:
			first = err
		default:
			more++
		}
		if ctx.Err() != nil || !isOfOnePart(err) {
			turn.end(at, i == 0, ctx.Err() != nil || rpc.Reason(err) == rpc.ReasonRateLimited)
			break
		}
	}
	if more > 0 {
		return all, fmt.Errorf("%w (and %d more that cannot be read)", first, more)
	}
	return all, first
}

// isOfOnePart reports whether the other parts may be readable all the same.
func isOfOnePart(err error) bool {
	switch rpc.Reason(err) {
	case rpc.ReasonNotFound, rpc.ReasonRefusedByVendor, rpc.ReasonBadAnswer, rpc.ReasonVendorUnavailable,
		rpc.ReasonDeadlineExceeded, rpc.ReasonInvalidField:
		return true
	case "":
		return status.Code(err) == codes.DeadlineExceeded
	default:
		return false
	}
}
