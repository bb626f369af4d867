package router

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"google.golang.org/grpc/codes"
	grpcstatus "google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/bus"
	"github.com/signalbox-io/signalbox/pkg/rpc"
	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	deadv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/dead/v1"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/router/ledger"
)

// Words of what becomes of a dead letter.
const (
	outcomeRedriven = routerv1.RedriveDeadLetterResponse_OUTCOME_REDRIVEN
	outcomeWould    = routerv1.RedriveDeadLetterResponse_OUTCOME_WOULD_REDRIVE
	outcomeBefore   = routerv1.RedriveDeadLetterResponse_OUTCOME_REDRIVEN_BEFORE
	outcomeCannot   = routerv1.RedriveDeadLetterResponse_OUTCOME_CANNOT_REDRIVE
)

// remedy is what can be done about a dead letter: do does it, and is nil where
// nothing can, for the reason that text gives.
type remedy struct {
	text string
	do   func(ctx context.Context) error
}

func cannot(format string, args ...any) remedy { return remedy{text: fmt.Sprintf(format, args...)} }

// RedriveDeadLetter tries again what a dead letter is about, and marks the letter:
// one that is marked is not tried again. Whatever is tried has an identity of its
// own, so that a process which is killed between the two does it once all the same.
// The reasons of its errors are NO_SUCH_LETTER and NOT_REDRIVEN, after which it is
// to be asked for again.
func (s *Server) RedriveDeadLetter(
	ctx context.Context, req *routerv1.RedriveDeadLetterRequest,
) (*routerv1.RedriveDeadLetterResponse, error) {
	if err := checkPerson(req.GetBy(), ""); err != nil {
		return nil, err
	}
	letter, err := s.letter(ctx, req.GetId())
	if err != nil {
		return nil, err
	}
	if mark := letter.GetRedrive(); mark != nil {
		return before(mark), nil
	}
	r, err := s.remedyOf(ctx, letter, req.GetBy())
	switch {
	case err != nil:
		return nil, notRedriven(err)
	case r.do == nil:
		return &routerv1.RedriveDeadLetterResponse{Outcome: outcomeCannot, Detail: r.text}, nil
	case req.GetDryRun():
		return &routerv1.RedriveDeadLetterResponse{Outcome: outcomeWould, Detail: r.text}, nil
	}
	return s.redrive(ctx, letter, r, req.GetBy())
}

func before(mark *deadv1.Redrive) *routerv1.RedriveDeadLetterResponse {
	return &routerv1.RedriveDeadLetterResponse{
		Outcome: outcomeBefore,
		Detail:  fmt.Sprintf("by %s at %s: %s", mark.GetBy(), mark.GetTime().AsTime().Format(time.RFC3339), mark.GetDetail()),
	}
}

// redrive applies the remedy and marks the letter.
func (s *Server) redrive(
	ctx context.Context, letter *deadv1.DeadLetter, r remedy, by string,
) (*routerv1.RedriveDeadLetterResponse, error) {
	if err := r.do(ctx); err != nil {
		if code := grpcstatus.Code(err); code == codes.FailedPrecondition || code == codes.NotFound {
			return &routerv1.RedriveDeadLetterResponse{Outcome: outcomeCannot, Detail: grpcstatus.Convert(err).Message()}, nil
		}
		return nil, notRedriven(err)
	}
	mark := &deadv1.Redrive{Time: timestamppb.Now(), By: by, Detail: r.text}
	err := s.router.opts.Bus.MarkRedriven(ctx, letter.GetId(), mark)
	switch {
	case errors.Is(err, bus.ErrRedriven): // somebody did it at the same time, and it acted once
	case err != nil:
		return nil, notRedriven(fmt.Errorf("it was done and is not marked: %w", err))
	}
	return &routerv1.RedriveDeadLetterResponse{Outcome: outcomeRedriven, Detail: r.text}, nil
}

func notRedriven(err error) error {
	if rpc.Reason(err) != "" {
		return err
	}
	return rpc.Error(codes.Unavailable, "NOT_REDRIVEN", nil, "%s; ask again", err)
}

// letter reads a dead letter with its mark.
func (s *Server) letter(ctx context.Context, id string) (*deadv1.DeadLetter, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	sequence, err := strconv.ParseUint(id, 10, 64)
	if err != nil || sequence == 0 {
		return nil, noLetter(id)
	}
	dead, err := findStream(ctx, s.router.opts.Bus.JetStream(), bus.StreamDead)
	if err != nil {
		return nil, notRedriven(err)
	}
	msg, err := dead.GetMsg(ctx, sequence)
	switch {
	case errors.Is(err, jetstream.ErrMsgNotFound):
		return nil, noLetter(id)
	case err != nil:
		return nil, notRedriven(fmt.Errorf("read dead letter %s: %w", id, err))
	case bus.IsRedriveMark(msg.Subject):
		return nil, noLetter(id)
	}
	letter := bus.DeadLetterOf(msg)
	if letter.Redrive, err = bus.RedriveOf(ctx, dead, letter.GetId()); err != nil {
		return nil, notRedriven(err)
	}
	return letter, nil
}

func noLetter(id string) error {
	return rpc.Error(codes.NotFound, "NO_SUCH_LETTER", nil, "no dead letter has the id %.64q; see signalbox dead list", id)
}

// remedyOf finds out what can be done about a letter, by who gave up and why.
func (s *Server) remedyOf(ctx context.Context, letter *deadv1.DeadLetter, by string) (remedy, error) {
	switch letter.GetArea() + " " + letter.GetReason() {
	case deadArea + " " + reasonUndecodable:
		return s.judgeAgain(letter), nil
	case deadArea + " " + reasonFailed:
		return s.tryAgain(ctx, letter, by)
	case deadArea + " " + reasonUnrecordable:
		return s.recordAgain(letter), nil
	case deadArea + " " + reasonOversized:
		return cannot("the event was judged, and what was decided is larger than the bus takes: " +
			"raise max_payload of the NATS server for what is to come; `signalbox rules explain` tells what was decided"), nil
	}
	switch letter.GetArea() {
	case "poller":
		at := letter.GetTime().AsTime()
		return cannot("the vendor's record is to be read again: mend what the detail names, then "+
			"`signalbox backfill --source %s --from %s --to %s`; a source that tells only the present is polled again by itself",
			letter.GetSubject(), at.Add(-pastOfRecord).Format(time.RFC3339), at.Add(time.Second).Format(time.RFC3339)), nil
	case "webhook":
		return cannot("the vendor is to push it again: `signalbox dead show %s --output json | jq -r .data | base64 -d` "+
			"is what it pushed, for curl --data-binary @- to the webhook's URL; a poll brings the firing too where `triggered_alerts` is set",
			letter.GetId()), nil
	default:
		return cannot("nobody knows what %s %s is: it was kept by another version", letter.GetArea(), letter.GetReason()), nil
	}
}

// pastOfRecord is how old a record usually is at most when it is polled.
const pastOfRecord = time.Hour

// judgeAgain publishes an event that can be read by now.
func (s *Server) judgeAgain(letter *deadv1.DeadLetter) remedy {
	e, err := bus.DecodeDead(letter)
	if err != nil {
		return cannot("it holds no event that can be read: %s; have the source polled again, or a newer version read it", brief(err))
	}
	return remedy{
		text: fmt.Sprintf("event %s of %s is published again, to be judged", e.GetId(), e.GetSource()),
		do:   func(ctx context.Context) error { return s.router.opts.Bus.RepublishEvent(ctx, e, letter.GetId()) },
	}
}

// tryAgain has an action tried again that was given up, unless somebody has had it
// tried again since.
func (s *Server) tryAgain(ctx context.Context, letter *deadv1.DeadLetter, by string) (remedy, error) {
	kept, err := actionIn(letter)
	if err != nil {
		return cannot("%s", err), nil
	}
	now, err := s.router.ledger.Get(ctx, kept.GetId())
	switch {
	case errors.Is(err, jetstream.ErrKeyNotFound):
		return cannot("action %s is not in the ledger any more", kept.GetId()), nil
	case errors.Is(err, ledger.ErrDamaged):
		return cannot("%s", brief(err)), nil
	case err != nil:
		return remedy{}, err
	case now.Action.GetRetries() > kept.GetRetries():
		return cannot("action %s was tried again since, by %s: it is %s", kept.GetId(), now.Action.GetRetriedBy(),
			strings.TrimPrefix(now.State().String(), "STATE_")), nil
	case !ledger.IsRetryable(now.Action):
		return cannot("action %s is %s", kept.GetId(), strings.TrimPrefix(now.State().String(), "STATE_")), nil
	}
	if reason := s.tooLate(kept); reason != "" {
		return cannot("%s", reason), nil
	}
	return remedy{
		text: fmt.Sprintf("action %s (%s %s) is tried again", kept.GetId(), kept.GetType(), kept.GetTarget()),
		do: func(ctx context.Context) error {
			_, err := s.retry(ctx, kept.GetId(), by)
			return err
		},
	}, nil
}

// recordAgain records an action of which the ledger could keep nothing, and has it
// done.
func (s *Server) recordAgain(letter *deadv1.DeadLetter) remedy {
	a, err := actionIn(letter)
	if err != nil {
		return cannot("%s", err)
	}
	if reason := s.tooLate(a); reason != "" {
		return cannot("%s", reason)
	}
	return remedy{
		text: fmt.Sprintf("action %s (%s %s) is recorded and done", a.GetId(), a.GetType(), a.GetTarget()),
		do: func(ctx context.Context) error {
			if err := s.checkStopped(); err != nil {
				return err
			}
			record, err := s.router.ledger.Create(ctx, a)
			switch {
			case err != nil && ctx.Err() == nil:
				return rpc.Error(codes.FailedPrecondition, "UNRECORDABLE", nil, "action %s still cannot be recorded: %s", a.GetId(), brief(err))
			case err != nil || ledger.IsFinal(record.State()):
				return err
			}
			return s.router.executor.Submit(ctx, record.Action)
		},
	}
}

// tooLate says why the action is not done any more, nothing if it may be.
func (s *Server) tooLate(a *actionv1.Action) string {
	if a.GetExpiresAt() == nil || time.Now().Before(a.GetExpiresAt().AsTime()) {
		return ""
	}
	return fmt.Sprintf("the time of action %s was over at %s; a rule asks again when an event asks for it",
		a.GetId(), a.GetExpiresAt().AsTime().Format(time.RFC3339))
}

// actionIn reads the action that a letter keeps whole.
func actionIn(letter *deadv1.DeadLetter) (*actionv1.Action, error) {
	a := &actionv1.Action{}
	if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(letter.GetData(), a); err != nil || a.GetId() == "" {
		return nil, errors.New("the letter does not hold the action: it was too large, or kept by an older version")
	}
	return a, nil
}
