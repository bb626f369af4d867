package verdict

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	decisionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/decision/v1"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	queryv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/query/v1"
)

// Names of the demo's rules.
const (
	RulePause   = "quiet-alert-disliked-twice"
	RuleWatcher = "watch-campaigns-that-bots-shake"
	RuleShadow  = "pause-on-first-dislike"
)

// Step is one thing that the story must bring about.
type Step struct {
	// Name says it in words.
	Name string
	// Done reports whether it was seen.
	Done bool
	// Seen is what was seen, for a step that is not done.
	Seen string
}

// World is where to look.
type World struct {
	// Query is the query service of the running Signalbox.
	Query queryv1.QueryServiceClient
	// Simulator is the base URL of the simulated vendors.
	Simulator string
	// Pushes is how many firings Anodot pushes to it.
	Pushes int
}

// Outcome is everything that was found.
type Outcome struct {
	Events    []*eventv1.Event
	Decisions []*decisionv1.Decision
	Actions   []*actionv1.Action
	Leases    []*actionv1.Lease
	Effects   []Effect
	// Pushes is that of the world.
	Pushes int
}

const (
	pageSize = 1000
	timeout  = 10 * time.Second
)

// errLong is returned when a list goes on behind its first page.
var errLong = errors.New("there is more than a story brings about; begin with an empty Signalbox")

// Look reads everything back. The story fits into one page of each list.
func (w World) Look(ctx context.Context) (Outcome, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	events, err := w.Query.ListEvents(ctx, &queryv1.ListEventsRequest{PageSize: pageSize})
	if err != nil {
		return Outcome{}, fmt.Errorf("list events: %w", err)
	}
	decisions, err := w.Query.ListDecisions(ctx, &queryv1.ListDecisionsRequest{PageSize: pageSize})
	if err != nil {
		return Outcome{}, fmt.Errorf("list decisions: %w", err)
	}
	actions, err := w.Query.ListActions(ctx, &queryv1.ListActionsRequest{PageSize: pageSize})
	if err != nil {
		return Outcome{}, fmt.Errorf("list actions: %w", err)
	}
	leases, err := w.Query.ListLeases(ctx, &queryv1.ListLeasesRequest{PageSize: pageSize})
	if err != nil {
		return Outcome{}, fmt.Errorf("list leases: %w", err)
	}
	if events.GetNextPageToken()+decisions.GetNextPageToken()+actions.GetNextPageToken()+leases.GetNextPageToken() != "" {
		return Outcome{}, errLong
	}
	effects, err := readEffects(ctx, w.Simulator)
	if err != nil {
		return Outcome{}, err
	}
	return Outcome{
		Events: events.GetEvents(), Decisions: decisions.GetDecisions(), Actions: actions.GetActions(),
		Leases: leases.GetLeases(), Effects: effects, Pushes: w.Pushes,
	}, nil
}

// Steps judges the outcome, in the order of the story.
func (o Outcome) Steps() []Step {
	steps := o.vendorSteps()
	return append(steps,
		o.decided("the disliked alert is paused by rule "+RulePause, RulePause, decisionv1.Outcome_OUTCOME_FIRED),
		o.decided("a watcher is asked for by rule "+RuleWatcher, RuleWatcher, decisionv1.Outcome_OUTCOME_FIRED),
		o.decided("a second watcher is held by the cooldown", RuleWatcher, decisionv1.Outcome_OUTCOME_HELD_COOLDOWN),
		o.decided("rule "+RuleShadow+" decides in shadow mode", RuleShadow, decisionv1.Outcome_OUTCOME_SHADOW),
		o.acted("pause_alert"), o.acted("create_watcher"), o.acted("publish"), o.acted("resume_alert"),
		o.leaseEnded(),
		o.effect("Anodot paused the alert once", "pause"),
		o.effect("Anodot resumed it once", "resume"),
		o.effect("Anomify created the watcher once", "create_watcher"),
	)
}

// Missing returns the steps that are not done.
func Missing(steps []Step) []Step {
	var missing []Step
	for _, step := range steps {
		if !step.Done {
			missing = append(missing, step)
		}
	}
	return missing
}

// vendorSteps judges the events. How often counts are seen depends on the
// polls; a person's verdict and the opening of an anomaly are seen once.
func (o Outcome) vendorSteps() []Step {
	return []Step{
		o.arrived("Anura", eventv1.Vendor_VENDOR_ANURA, 2, many),
		o.arrived("Analytics", eventv1.Vendor_VENDOR_ANALYTICS, 2, many),
		o.arrived("Secure Reporter", eventv1.Vendor_VENDOR_SECURE_REPORTER, 2, many),
		o.arrived("Anodot", eventv1.Vendor_VENDOR_ANODOT, 3+o.Pushes, 3+o.Pushes),
		o.arrived("Anomify", eventv1.Vendor_VENDOR_ANOMIFY, 3, 3),
	}
}

// many is more events than a story could bring about.
const many = math.MaxInt

// arrived judges the events of a vendor, the later news of an anomaly left
// out.
func (o Outcome) arrived(name string, vendor eventv1.Vendor, least, most int) Step {
	got := 0
	for _, e := range o.Events {
		phase := e.GetAnomaly().GetPhase()
		if e.GetVendor() == vendor && phase != eventv1.Phase_PHASE_UPDATED && phase != eventv1.Phase_PHASE_CLOSED {
			got++
		}
	}
	wanted := strconv.Itoa(least)
	if most == many {
		wanted = fmt.Sprintf("at least %d", least)
	}
	return Step{
		Name: "events of " + name + " arrive", Done: least <= got && got <= most,
		Seen: fmt.Sprintf("%d events, wanted %s", got, wanted),
	}
}

// decided judges whether the rule had the outcome once.
func (o Outcome) decided(name, rule string, outcome decisionv1.Outcome) Step {
	got := 0
	for _, d := range o.Decisions {
		if d.GetRule() == rule && d.GetOutcome() == outcome {
			got++
		}
	}
	return Step{Name: name, Done: got == 1, Seen: fmt.Sprintf("%d decisions %s, wanted 1", got, strings.TrimPrefix(outcome.String(), "OUTCOME_"))}
}

// acted judges whether there was one action of the type, and it is done.
func (o Outcome) acted(kind string) Step {
	done, other := 0, 0
	for _, a := range o.Actions {
		switch {
		case a.GetType() != kind:
		case a.GetState() == actionv1.State_STATE_DONE:
			done++
		default:
			other++
		}
	}
	return Step{
		Name: "action " + kind + " is done", Done: done == 1 && other == 0,
		Seen: fmt.Sprintf("%d done, %d in another state, wanted 1 done", done, other),
	}
}

func (o Outcome) leaseEnded() Step {
	seen := "no lease"
	for _, l := range o.Leases {
		seen = "the lease is " + strings.TrimPrefix(l.GetState().String(), "LEASE_STATE_")
	}
	if len(o.Leases) > 1 {
		seen = fmt.Sprintf("%d leases, wanted 1", len(o.Leases))
	}
	done := len(o.Leases) == 1 && o.Leases[0].GetState() == actionv1.LeaseState_LEASE_STATE_ENDED
	return Step{Name: "the lease ended in time", Done: done, Seen: seen}
}

func (o Outcome) effect(name, action string) Step {
	changed := 0
	for _, e := range o.Effects {
		if e.Action == action && e.Changed {
			changed++
		}
	}
	return Step{Name: name, Done: changed == 1, Seen: fmt.Sprintf("%d effects, wanted 1", changed)}
}
