package poll

import (
	"context"
	"fmt"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/signalbox-io/signalbox/pkg/rpc"
)

// Gather reads the parts of a source (its sites, reports, instances) one after
// another into one batch. A part that cannot be read costs only itself: the
// error tells of the first one, and of how many more there are. What would
// meet every part, such as a refused credential or a spent budget, ends it.
func Gather[P any](ctx context.Context, parts []P, read func(context.Context, P) (Batch, error)) (Batch, error) {
	var all Batch
	var first error
	more := 0
	for _, part := range parts {
		batch, err := read(ctx, part)
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
	switch reason := rpc.Reason(err); strings.ToLower(reason) {
	case "not_found", "refused_by_vendor", "bad_answer", "vendor_unavailable":
		return true
	case "":
		return status.Code(err) == codes.DeadlineExceeded
	default:
		return reason == rpc.ReasonInvalidField
	}
}
