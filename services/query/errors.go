package query

import (
	"context"
	"errors"
	"log/slog"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/signalbox-io/signalbox/pkg/rpc"
	"github.com/signalbox-io/signalbox/services/query/store"
)

// Reasons of the service's errors, beside those of package rpc.
const (
	// ReasonNotFound: there is no record of that id, or no more.
	ReasonNotFound = "NOT_FOUND"
	// ReasonReadModelUnavailable: the read model cannot be read now. One that is
	// damaged is built again from the streams.
	ReasonReadModelUnavailable = "READ_MODEL_UNAVAILABLE"
	// ReasonBusUnavailable: the bus cannot be asked now.
	ReasonBusUnavailable = "BUS_UNAVAILABLE"
	// ReasonSlowWatcher: the caller read more slowly than events arrived.
	ReasonSlowWatcher = "SLOW_WATCHER"
	// ReasonTooManyWatchers: no more callers can watch.
	ReasonTooManyWatchers = "TOO_MANY_WATCHERS"
	// ReasonNotBegun: a watch over REST did not begin in time.
	ReasonNotBegun = "WATCH_NOT_BEGUN"
	// ReasonUnknownPath: nothing is served at the path.
	ReasonUnknownPath = "UNKNOWN_PATH"
	// ReasonMethodNotAllowed: REST reads, and reading is GET.
	ReasonMethodNotAllowed = "METHOD_NOT_ALLOWED"
	// ReasonInvalidQuery: the query string cannot be read at all.
	ReasonInvalidQuery = "INVALID_QUERY"
)

// busError is the error of a bus that cannot be asked now for what it holds.
type busError struct {
	what string
	error
}

func (e busError) Unwrap() error { return e.error }

func busAway(what string) error {
	return rpc.Error(codes.Unavailable, ReasonBusUnavailable, nil,
		"%s cannot be read from the bus now; call again, and look at /readyz if it stays so", what)
}

// unreadable turns a fault of what is read into a status. What went wrong
// inside goes to the log, not to the caller.
func (s *Server) unreadable(ctx context.Context, err error) error {
	if ended := status.FromContextError(ctx.Err()); ended.Code() != codes.OK {
		return ended.Err()
	}
	if away, ok := errors.AsType[busError](err); ok {
		s.logger.WarnContext(ctx, "the bus cannot be read", slog.String("what", away.what), slog.Any("error", away.error))
		return busAway(away.what)
	}
	if !errors.Is(err, store.ErrNotOpen) {
		s.logger.ErrorContext(ctx, "read model cannot be read", slog.Any("error", err))
	}
	return rpc.Error(codes.Unavailable, ReasonReadModelUnavailable, nil,
		"the read model cannot be read now; call again, and look at /readyz if it stays so")
}
