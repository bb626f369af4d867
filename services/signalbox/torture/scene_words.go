package main

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/signalbox-io/signalbox/pkg/rpc"
	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/signalbox/torture/judge"
	"github.com/signalbox-io/signalbox/services/signalbox/torture/story"
	"github.com/signalbox-io/signalbox/services/simulator/anomify"
	"github.com/signalbox-io/signalbox/services/simulator/fault"
)

// playWords has what people say: an approval by two at once, a lease ended by
// hand in Signalbox, an alert resumed by hand at the vendor, and an action that
// failed and is redriven by two at once.
func playWords(ctx context.Context, b *box) error {
	for _, part := range []func(context.Context, *box) error{playApproval, playRelease, playByHand, playRedrive} {
		if err := part(ctx, b); err != nil {
			return err
		}
	}
	return nil
}

func playApproval(ctx context.Context, b *box) error {
	if err := b.publishAll(ctx, story.Beat{Alert: "p1", Asks: story.AsksFirst}); err != nil {
		return err
	}
	asked, err := b.reaches(ctx, "p1", actionv1.State_STATE_AWAITING_APPROVAL)
	if err != nil {
		return err
	}
	now := time.Now()
	b.dues.Lease("alert:p1", judge.Pause, judge.Resume, now, now.Add(b.leases.Short))
	approvedBy, err := b.byTwo(ctx, func(ctx context.Context, router routerv1.RouterServiceClient, by string) (bool, error) {
		_, err := router.ApproveAction(ctx, &routerv1.ApproveActionRequest{ActionId: asked.GetId(), By: by})
		if rpc.Reason(err) == "NOT_AWAITING_APPROVAL" {
			return false, nil
		}
		return err == nil, err
	})
	if len(approvedBy) == 2 {
		b.wrong("doubled: two were told that they approved the pause of p1")
	}
	return err
}

func playRelease(ctx context.Context, b *box) error {
	from := time.Now()
	held, err := b.hold(ctx, "r1")
	if err != nil {
		return err
	}
	b.dues.List = b.dues.List[:len(b.dues.List)-1] // what the rule says does not hold any more
	b.dues.Lease("alert:r1", judge.Pause, judge.Resume, from, time.Now())
	return b.say(ctx, func(ctx context.Context, router routerv1.RouterServiceClient) error {
		_, err := router.ReleaseLease(ctx, &routerv1.ReleaseLeaseRequest{LeaseId: held.GetId(), By: "ann", Reason: "it is over"})
		switch {
		case rpc.Reason(err) != "LEASE_NOT_ACTIVE":
			return err
		case b.leaseOn(ctx, "r1") == nil || !time.Now().Before(held.GetUntil().AsTime()):
			return nil
		default: // the router has not read its leases since its start
			b.hasty.Add(1)
			return status.Error(codes.Unavailable, "the lease is active all the same")
		}
	})
}

func playByHand(ctx context.Context, b *box) error {
	if _, err := b.hold(ctx, "h1"); err != nil {
		return err
	}
	last := len(b.dues.List) - 1
	b.dues.List[last].Verbs, b.dues.List[last].Until = []string{judge.Pause}, time.Time{}
	b.vendors.Simulator.Anodot.ResumeByHand("h1")
	return nil
}

// hold pauses the alert for long, and returns the lease once it is there.
func (b *box) hold(ctx context.Context, alert string) (held *actionv1.Lease, err error) {
	if err := b.publishAll(ctx, story.Beat{Alert: alert, Asks: story.AsksLong}); err != nil {
		return nil, err
	}
	return held, b.until(ctx, "the lease on "+alert, func(ctx context.Context) bool {
		held = b.leaseOn(ctx, alert)
		return held != nil
	})
}

// leaseOn returns the active lease on the alert that is not told to end yet, nil if
// there is none.
func (b *box) leaseOn(ctx context.Context, alert string) *actionv1.Lease {
	return find(ctx, b.bus.Leases(), func(l *actionv1.Lease) bool {
		return l.GetTarget() == "alert:"+alert && l.GetState() == actionv1.LeaseState_LEASE_STATE_ACTIVE && l.GetReleasedBy() == ""
	})
}

// playRedrive has a watcher that the vendor refuses until somebody has seen to it.
// Where a kill leaves it open whether it was made, it is asked for again until it
// is, and there is no dead letter.
func playRedrive(ctx context.Context, b *box) error {
	refused := fault.Fault{Vendor: anomify.Name, Kind: fault.Status, Status: http.StatusBadRequest, Method: http.MethodPost, Count: 1000}
	if err := b.vendors.Simulator.SetFault(refused); err != nil {
		return err
	}
	if err := b.publishAll(ctx, story.Beat{Metric: "w1", IsHigh: true}); err != nil {
		return err
	}
	var letter string
	var action *actionv1.Action
	err := b.until(ctx, "the watcher to be refused", func(ctx context.Context) bool {
		action = find(ctx, b.bus.Ledger(), func(a *actionv1.Action) bool { return a.GetType() == judge.Create && a.GetDetail() != "" })
		letter = b.letter(ctx, action.GetId())
		return action.GetState() == actionv1.State_STATE_ATTEMPTING || letter != ""
	})
	if err != nil {
		return err
	}
	b.vendors.Simulator.ClearFaults("")
	if letter == "" {
		return nil
	}
	_, err = b.byTwo(ctx, func(ctx context.Context, router routerv1.RouterServiceClient, by string) (bool, error) {
		answer, err := router.RedriveDeadLetter(ctx, &routerv1.RedriveDeadLetterRequest{Id: letter, By: by})
		return answer.GetOutcome() == routerv1.RedriveDeadLetterResponse_OUTCOME_REDRIVEN, err
	})
	return err
}

// byTwo has two people say the same at once, each until the answer is heard, and
// returns who was told that it was their word.
func (b *box) byTwo(
	ctx context.Context, ask func(ctx context.Context, router routerv1.RouterServiceClient, by string) (bool, error),
) (did []string, err error) {
	people := []string{"ann", "bob"}
	isTheirs, faults := make([]bool, len(people)), make([]error, len(people))
	var both sync.WaitGroup
	for i, by := range people {
		both.Go(func() {
			faults[i] = b.say(ctx, func(ctx context.Context, router routerv1.RouterServiceClient) (err error) {
				isTheirs[i], err = ask(ctx, router, by)
				return err
			})
		})
	}
	both.Wait()
	for i, by := range people {
		if faults[i] != nil {
			return nil, fmt.Errorf("%s: %w", by, faults[i])
		}
		if isTheirs[i] {
			did = append(did, by)
		}
	}
	return did, nil
}

// wordTime bounds one attempt to say something.
const wordTime = 8 * time.Second

// say repeats a word to the router until it is heard, as a person does.
func (b *box) say(ctx context.Context, ask func(context.Context, routerv1.RouterServiceClient) error) error {
	for {
		attempt, cancel := context.WithTimeout(ctx, wordTime)
		conn, err := b.dialer.Conn(b.routerAddress)
		if err == nil {
			err = ask(attempt, routerv1.NewRouterServiceClient(conn))
		}
		cancel()
		switch status.Code(err) {
		case codes.Unavailable, codes.DeadlineExceeded, codes.Canceled:
			if sleep(ctx, lookEvery) != nil {
				return err
			}
		default:
			return err
		}
	}
}
