package poll

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/rpc"
	pollerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/poller/v1"
)

// Reasons of the service's errors, beside those of package rpc and of adapters.
const (
	// ReasonNoPast: the vendor tells only the present.
	ReasonNoPast = "NO_PAST"
	// ReasonIncomplete: the vendor refused a part of what a backfill read to its end.
	ReasonIncomplete = "INCOMPLETE"
	// ReasonBackfilling: a backfill of the source runs already.
	ReasonBackfilling = "BACKFILL_RUNS"
)

// Server serves PollerService for the loops of a process. It is safe for
// concurrent use.
type Server struct {
	pollerv1.UnimplementedPollerServiceServer

	mu    sync.Mutex
	loops map[string]*Loop
}

// NewServer returns a server that knows no loop yet.
func NewServer() *Server { return &Server{loops: map[string]*Loop{}} }

// Register registers the service.
func (s *Server) Register(r grpc.ServiceRegistrar) { pollerv1.RegisterPollerServiceServer(r, s) }

// Add makes a loop known, by its source.
func (s *Server) Add(l *Loop) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.loops[l.cfg.Source] = l
}

// Backfill reads a span of a source's past again.
func (s *Server) Backfill(
	req *pollerv1.BackfillRequest, stream grpc.ServerStreamingServer[pollerv1.BackfillResponse],
) error {
	loop, err := s.loop(req.GetSource())
	if err != nil {
		return err
	}
	span, err := spanOf(req, loop.cfg.Now())
	if err != nil {
		return err
	}
	// A bus or a vendor that is away is waited for as long as the caller waits.
	err = loop.Backfill(stream.Context(), span, func(p Progress) error {
		return stream.Send(&pollerv1.BackfillResponse{
			ReadTo: timestamppb.New(p.ReadTo), To: timestamppb.New(span.To),
			Returned: uint64(p.Result.Returned), Published: uint64(p.Result.Published), Rejected: uint64(p.Result.Rejected),
			Incomplete: uint64(p.Incomplete),
		})
	})
	return backfillError(stream.Context(), err)
}

func (s *Server) loop(source string) (*Loop, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if loop := s.loops[source]; loop != nil {
		return loop, nil
	}
	if source == "" {
		return nil, rpc.FieldViolation("source", "it is empty; name a source")
	}
	return nil, rpc.Error(codes.NotFound, rpc.ReasonUnknownSource, nil,
		"no poller of source %.64q runs in this process; those that do are of %s", source, named(s.loops))
}

func named(loops map[string]*Loop) string {
	if len(loops) == 0 {
		return "none"
	}
	return strings.Join(slices.Sorted(maps.Keys(loops)), ", ")
}

// spanOf checks the span of a request.
func spanOf(req *pollerv1.BackfillRequest, now time.Time) (Window, error) {
	now = now.Truncate(time.Second)
	span := Window{From: timeOf(req.GetFrom()), To: timeOf(req.GetTo())}
	if span.To.IsZero() {
		span.To = now
	}
	switch {
	case span.From.IsZero() || !req.GetFrom().IsValid():
		return span, rpc.FieldViolation("from", "there is none; give the time to read from")
	case req.GetTo() != nil && !req.GetTo().IsValid() || span.To.After(now):
		return span, rpc.FieldViolation("to", "it lies in the future; leave it out to read up to now")
	case !span.From.Before(span.To):
		return span, rpc.FieldViolation("from", "it does not lie before the end of the span")
	}
	return span, nil
}

// backfillError keeps what an adapter says, with the place at which it ended.
func backfillError(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, ErrNoPast):
		return rpc.Error(codes.FailedPrecondition, ReasonNoPast, nil, "%s", err)
	case errors.Is(err, ErrBackfilling):
		return rpc.Error(codes.FailedPrecondition, ReasonBackfilling, nil, "%s", err)
	case ctx.Err() != nil:
		return ctx.Err()
	case isIncomplete(err):
		return rpc.Error(codes.Aborted, ReasonIncomplete, nil, "%s", err)
	case rpc.Reason(err) != "":
		return err
	default:
		return rpc.Error(codes.Unavailable, strings.ToUpper(outcome(err)), nil, "%s", err)
	}
}

func isIncomplete(err error) bool {
	_, ok := errors.AsType[*IncompleteError](err)
	return ok
}
