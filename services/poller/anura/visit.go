package anura

import (
	"context"
	"fmt"
	"net/http"
	"strconv"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/signalbox-io/signalbox/pkg/poll"
	"github.com/signalbox-io/signalbox/pkg/rpc"
)

// visit is one reading of the places. The vendor answers 401 both to a token
// that has run out and to one that may not see this instance. Only the other
// instances tell which: they are read on, and a token that none of them takes
// is a refused one.
type visit struct {
	source *Source
	window poll.Window
	// refused holds the errors of the instances that were refused. They are
	// not asked for their further campaigns and reports.
	refused map[string]error
	// refusal is the first refusal, as the adapter tells it.
	refusal error
	// isKnown is whether a place was not refused.
	isKnown bool
}

func (v *visit) read(ctx context.Context, p part) (poll.Batch, error) {
	err, isRefused := v.refused[p.Instance]
	var batch poll.Batch
	if !isRefused {
		batch, err = v.source.read(ctx, p, v.window)
		err = v.judge(p, err)
	}
	if err != nil {
		return batch, fmt.Errorf("get %s of %s: %w", p.what(), p.Place, err)
	}
	return batch, nil
}

// judge takes a refusal to be one of the instance.
func (v *visit) judge(p part, err error) error {
	if !isUnauthorized(err) {
		v.isKnown = true
		return err
	}
	if v.refusal == nil {
		v.refusal = fmt.Errorf("get %s of %s: %w", p.what(), p.Place, err)
	}
	err = rpc.Error(codes.PermissionDenied, "REFUSED_BY_VENDOR", rpc.Metadata(err),
		"%s, or take the instance out of the source's instances", status.Convert(err).Message())
	v.refused[p.Instance] = err
	return err
}

// verdict returns what the error of the whole visit is.
func (v *visit) verdict(err error) error {
	if v.refusal != nil && !v.isKnown {
		return v.refusal
	}
	return err
}

// isUnauthorized reports a 401. A token that is none at all is refused with
// 400, and for every instance.
func isUnauthorized(err error) bool {
	return rpc.Reason(err) == "CREDENTIAL_REFUSED" &&
		rpc.Metadata(err)["http_status"] == strconv.Itoa(http.StatusUnauthorized)
}
