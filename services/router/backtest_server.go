package router

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	grpcstatus "google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/signalbox-io/signalbox/pkg/rpc"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/router/backtest"
	"github.com/signalbox-io/signalbox/services/router/rule"
)

// Reasons of Backtest's errors, beside those of package rpc.
const (
	// ReasonRulesRefused: the rules files have problems, which are a detail of
	// the error.
	ReasonRulesRefused = "RULES_REFUSED"
	// ReasonTooManyBacktests: no more can run at the same time.
	ReasonTooManyBacktests = "TOO_MANY_BACKTESTS"
	// ReasonBusUnavailable: the streams cannot be read now.
	ReasonBusUnavailable = "BUS_UNAVAILABLE"
)

// Bounds of backtests.
const (
	maxBacktests = 2
	// backtestTime is how long one may take.
	backtestTime = 10 * time.Minute
	// pieceBytes is about how long a piece of the answer is.
	pieceBytes    = 256 << 10
	progressEvery = time.Second
)

// backtests are the places of those that run.
type backtests chan struct{}

func newBacktests() backtests { return make(backtests, maxBacktests) }

// enter takes a place, which leave gives back.
func (b backtests) enter() (leave func(), err error) {
	select {
	case b <- struct{}{}:
		return func() { <-b }, nil
	default:
		return nil, rpc.Error(codes.ResourceExhausted, ReasonTooManyBacktests, nil,
			"%d backtests run already, and no more at a time; try again when one has ended", maxBacktests)
	}
}

// Backtest runs rules over stored events. It takes part of one processor from
// the router, and nothing else.
func (s *Server) Backtest(
	request *routerv1.BacktestRequest, stream grpc.ServerStreamingServer[routerv1.BacktestResponse],
) error {
	leave, err := s.backtests.enter() // before the rules are compiled, which takes time and memory too
	if err != nil {
		return err
	}
	defer leave()
	opts, window, err := s.backtestOf(request)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(stream.Context(), backtestTime)
	defer cancel()
	answer := &answer{stream: stream, piece: &routerv1.BacktestResponse{}, told: time.Now()}
	opts.Line, opts.Difference = answer.line, answer.difference
	summary, err := window.Run(ctx, opts, answer.progress)
	if err == nil {
		answer.piece.Summary = summary
		err = answer.send()
	}
	if err != nil && ctx.Err() == nil {
		s.router.opts.Logger.WarnContext(ctx, "backtest ended early", slog.Any("error", err))
	}
	return backtestError(ctx, err)
}

// backtestOf checks a request and compiles its rules.
func (s *Server) backtestOf(request *routerv1.BacktestRequest) (backtest.Options, backtest.Stored, error) {
	var none backtest.Stored
	cfg := s.router.opts.Config
	opts := backtest.Options{
		Settings: Settings(cfg), Only: backtest.Filter{Outcomes: request.GetOutcomes(), Rules: request.GetRuleNames()},
	}
	if len(request.GetRules()) == 0 {
		return opts, none, rpc.FieldViolation("rules", "there is none; give the rules files to run")
	}
	catalog := rule.Catalog{Sources: vendors(cfg.Sources)}
	var err error
	if opts.Rules, err = compileFiles(request.GetRules(), catalog); err != nil {
		return opts, none, err
	}
	if len(request.GetAgainst()) > 0 {
		if opts.Against, err = compileFiles(request.GetAgainst(), catalog); err != nil {
			return opts, none, err
		}
	}
	window, err := s.windowOf(request)
	if err != nil {
		return opts, none, err
	}
	return opts, window, checkFilter(request, opts.Rules)
}

// windowOf returns the window that is asked for.
func (s *Server) windowOf(request *routerv1.BacktestRequest) (backtest.Stored, error) {
	window := backtest.Stored{JetStream: s.router.opts.Bus.JetStream()}
	if window.JetStream == nil {
		return window, rpc.Error(codes.Unavailable, ReasonBusUnavailable, nil, "the bus is not there yet; try again")
	}
	if at := request.GetFrom(); at != nil {
		if !at.IsValid() {
			return window, rpc.FieldViolation("from", "it lies outside the years 1 to 9999")
		}
		window.From = at.AsTime()
	}
	if at := request.GetTo(); at != nil {
		if !at.IsValid() {
			return window, rpc.FieldViolation("to", "it lies outside the years 1 to 9999")
		}
		window.To = at.AsTime()
		if !window.From.Before(window.To) {
			return window, rpc.FieldViolation("to", "it is not after from")
		}
	}
	return window, nil
}

func checkFilter(request *routerv1.BacktestRequest, set *rule.Set) error {
	if len(request.GetOutcomes()) > len(backtest.Outcomes()) {
		return rpc.FieldViolation("outcomes", "it has more names than there are outcomes; leave it out for all of them")
	}
	if len(request.GetRuleNames()) > len(set.Rules()) {
		return rpc.FieldViolation("rule_names", "it has more names than there are rules; leave it out for all of them")
	}
	for _, name := range request.GetOutcomes() {
		if !slices.Contains(backtest.Outcomes(), name) {
			return rpc.FieldViolation("outcomes", "%.64q is no outcome; those are %q", name, backtest.Outcomes())
		}
	}
	for _, name := range request.GetRuleNames() {
		if set.Rule(name) == nil {
			return rpc.FieldViolation("rule_names", "the rules files have no rule %.64q", name)
		}
	}
	return nil
}

// compileFiles compiles the files of a request. The error has their problems as a
// detail.
func compileFiles(files []*routerv1.RulesFile, catalog rule.Catalog) (*rule.Set, error) {
	sources := make([]rule.File, 0, len(files))
	for _, f := range files {
		sources = append(sources, rule.File{Name: f.GetName(), Data: []byte(f.GetContent())})
	}
	set, err := rule.Load(sources, catalog)
	if err == nil {
		return set, nil
	}
	problems := problemsOf(err)
	plain := rpc.Error(codes.InvalidArgument, ReasonRulesRefused, nil, "the rules files have %d problems", problems.GetTotal())
	detailed, detailErr := grpcstatus.Convert(plain).WithDetails(problems)
	if detailErr != nil {
		return nil, plain
	}
	return nil, detailed.Err()
}

// backtestError turns what ended a backtest into a status.
func backtestError(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if _, ok := grpcstatus.FromError(err); ok {
		return err // of sending
	}
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return rpc.Error(codes.DeadlineExceeded, rpc.ReasonDeadlineExceeded, nil,
			"the backtest took longer than %s; ask for a shorter window", backtestTime)
	case ctx.Err() != nil:
		return rpc.Error(codes.Canceled, rpc.ReasonCancelled, nil, "the caller is gone")
	}
	return rpc.Error(codes.Unavailable, ReasonBusUnavailable, nil, "the stored events cannot be read now; try again")
}

// answer sends the answer in pieces.
type answer struct {
	stream grpc.ServerStreamingServer[routerv1.BacktestResponse]
	piece  *routerv1.BacktestResponse
	bytes  int
	told   time.Time
}

func (a *answer) line(l *routerv1.BacktestLine) error {
	a.piece.Lines = append(a.piece.Lines, l)
	return a.grown(proto.Size(l))
}

func (a *answer) difference(d *routerv1.BacktestDifference) error {
	a.piece.Differences = append(a.piece.Differences, d)
	return a.grown(proto.Size(d))
}

// grown sends the piece if it is long enough.
func (a *answer) grown(bytes int) error {
	if a.bytes += bytes; a.bytes < pieceBytes {
		return nil
	}
	return a.send()
}

// progress tells how far it is, each second.
func (a *answer) progress(p *routerv1.BacktestProgress) error {
	now := time.Now()
	if now.Sub(a.told) < progressEvery {
		return nil
	}
	a.told, a.piece.Progress = now, p
	return a.send()
}

func (a *answer) send() error {
	err := a.stream.Send(a.piece)
	a.piece, a.bytes = &routerv1.BacktestResponse{}, 0
	return err
}
