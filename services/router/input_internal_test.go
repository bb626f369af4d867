package router

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/bus"
	"github.com/signalbox-io/signalbox/pkg/bus/bustest"
	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	decisionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/decision/v1"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/router/rule"
)

func inventoryInput(source, id string) *routerv1.Input {
	return &routerv1.Input{Content: &routerv1.Input_Inventory{Inventory: &routerv1.Inventory{
		Source: source, Alerts: []*routerv1.InventoryAlert{{Id: id}},
	}}}
}

func TestInputQueue_KeepsTheOrder(t *testing.T) {
	t.Parallel()
	q := newInputQueue()
	_, ok := q.pop()
	require.False(t, ok)
	require.NoError(t, q.add(offer{input: inventoryInput("a", "1")}))
	require.NoError(t, q.add(offer{input: inventoryInput("b", "2")}, offer{input: inventoryInput("a", "3")}))
	require.Equal(t, 3, q.waiting())
	<-q.wake
	var ids []string
	for o, ok := q.pop(); ok; o, ok = q.pop() {
		ids = append(ids, o.input.GetInventory().GetAlerts()[0].GetId())
	}
	require.Equal(t, []string{"1", "2", "3"}, ids)
	q.taking.Store(true)
	require.Equal(t, 1, q.waiting(), "the loop is at one")
}

func TestInputQueue_IsBounded(t *testing.T) {
	t.Parallel()
	q := newInputQueue()
	q.offers = make([]offer, maxOffers-1)
	require.ErrorIs(t, q.add(offer{input: &routerv1.Input{}}, offer{input: &routerv1.Input{}}), errTooManyInputs)
	require.Equal(t, maxOffers-1, q.waiting(), "all of them or none")
	require.NoError(t, q.add(offer{input: &routerv1.Input{}}))
}

func TestTake_SaysThatItMayStillHappen(t *testing.T) {
	t.Parallel()
	r := bucketed(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := r.Take(ctx, inventoryInput("a", "1"))
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorContains(t, err, "may still")
}

// What is due by the time of an input is judged as it would have been without it.
func TestTakeOne_JudgesFirstWhatIsDue(t *testing.T) {
	t.Parallel()
	r := bucketed(t)
	l, at := r.loop, time.Now().Truncate(time.Second)
	l.engine.Event(waiting(at))
	old, rules := l.rules.Version(), rulesFrom(t, "rules: []")
	require.NoError(t, l.takeOne(t.Context(), at.Add(2*time.Minute), offer{input: switchTo(rules, ByFile), rules: rules}))
	require.NoError(t, l.outbox.settle(t.Context(), 0))
	require.Equal(t, rules.Version(), l.rules.Version())
	stream, err := findStream(t.Context(), r.opts.Bus.JetStream(), bus.StreamDecisions)
	require.NoError(t, err)
	msg, err := stream.GetMsg(t.Context(), 1)
	require.NoError(t, err)
	d, err := bus.DecodeDecision(msg.Header, msg.Data)
	require.NoError(t, err)
	require.Equal(t, old, d.GetRuleSet())
}

// While what former processes decided is gone over by a state that was lost, only what
// they have recorded is history: what is heard now is decided, and safety holds.
func TestTakeOne_WhatIsHeardNowIsNoHistory(t *testing.T) {
	t.Parallel()
	r := bucketed(t)
	l, at := r.loop, time.Now().Truncate(time.Second)
	l.history, l.position.Sequence = history{until: 9, isLost: true}, 9
	recorded := failedInput("recorded")
	l.recorded.next = recorded
	require.NoError(t, l.apply(t.Context(), recorded, nil))
	l.recorded.next = nil
	require.NoError(t, l.takeOne(t.Context(), at, offer{input: failedInput("heard")}))
	require.NoError(t, l.outbox.settle(t.Context(), 0))
	stream, err := findStream(t.Context(), r.opts.Bus.JetStream(), bus.StreamDecisions)
	require.NoError(t, err)
	require.EqualValues(t, 1, stream.CachedInfo().State.Msgs)
	msg, err := stream.GetMsg(t.Context(), 1)
	require.NoError(t, err)
	d, err := bus.DecodeDecision(msg.Header, msg.Data)
	require.NoError(t, err)
	require.Equal(t, "heard", d.GetActions()[0].GetId())

	d.Outcome = decisionv1.Outcome_OUTCOME_REFUSED_SAFETY
	require.False(t, l.refuses("heard", d), "history")
	l.isNews = true
	require.True(t, l.refuses("heard", d))
}

// failedInput tells of an action that event 3 asked for and that was given up.
func failedInput(id string) *routerv1.Input {
	return &routerv1.Input{Content: &routerv1.Input_ActionEnded{ActionEnded: &routerv1.ActionEnded{
		ActionId: id, Source: "s", Target: "alert:17", State: actionv1.State_STATE_FAILED, Type: "pause_alert", Detail: "no answer",
		AskedBy: &routerv1.AskedBy{Rule: "watch", RuleSet: "then", EventId: "a", Source: "s", Entity: "x", Sequence: 3},
	}}}
}

// A loop that is far behind keeps whoever reads first waiting, and nobody else
// for longer than they want to.
func TestReload_WaitsForOthersNoLongerThanItMay(t *testing.T) {
	t.Parallel()
	r := bucketed(t)
	path := filepath.Join(t.TempDir(), "rules.yaml")
	r.opts.Config.Rules = []string{path}
	require.NoError(t, os.WriteFile(path, []byte(strings.ReplaceAll(waits, "15m", "16m")), 0o600))
	first, end := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		_, err := r.Reload(first, ByFile)
		ended <- err
	}()
	<-r.inputs.wake // it waits for the loop, which does not run
	asking, leaveIt := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer leaveIt()
	_, err := r.reloads.asked(asking)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	second, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = r.Reload(second, ByCall)
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorContains(t, err, "ask again")
	end()
	require.ErrorIs(t, <-ended, context.Canceled)
}

// A switch that did not come in time still waits, so going back is one too.
func TestReload_GoesBackAlsoBehindASwitchThatWaits(t *testing.T) {
	t.Parallel()
	r := bucketed(t)
	path := filepath.Join(t.TempDir(), "rules.yaml")
	r.opts.Config.Rules = []string{path}
	late, cancel := context.WithCancel(t.Context())
	cancel()
	for _, text := range []string{strings.ReplaceAll(waits, "15m", "16m"), waits} {
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		_, err := r.Reload(late, ByCall)
		require.ErrorIs(t, err, context.Canceled)
	}

	require.NoError(t, r.Start(t.Context()))
	require.Eventually(t, func() bool {
		stream, err := findStream(t.Context(), r.opts.Bus.JetStream(), bus.StreamInputs)
		return err == nil && stream.CachedInfo().State.LastSeq == 2 // away and back
	}, 90*time.Second, 10*time.Millisecond)
	require.NoError(t, r.Stop(t.Context()))
	rules, _, _ := r.status.running()
	require.Len(t, rules.Rules(), 1)
}

func TestListening_TellsHowPausesEnd(t *testing.T) {
	t.Parallel()
	q := newInputQueue()
	b := listening{Bus: bustest.New(t), inputs: q, logger: slog.New(slog.DiscardHandler), retries: newRetries()}
	now := timestamppb.Now()
	later := timestamppb.New(now.AsTime().Add(time.Hour))
	pause := func(id string, state actionv1.State, before string) *actionv1.Action {
		return &actionv1.Action{
			Id: id, Source: "s", Type: "pause_alert", Target: "alert:1", State: state, StateBefore: before, UpdatedAt: now,
			Operation: &actionv1.Action_PauseAlert{PauseAlert: &actionv1.PauseAlert{AlertId: "1"}},
		}
	}
	for _, a := range []*actionv1.Action{
		pause("pending", actionv1.State_STATE_PENDING, ""),
		pause("ours", actionv1.State_STATE_DONE, "active"),
		pause("foreign", actionv1.State_STATE_DONE, "paused"),
		pause("failed", actionv1.State_STATE_FAILED, ""),
		pause("refused", actionv1.State_STATE_REFUSED, ""),
		pause("expired", actionv1.State_STATE_EXPIRED, ""),
		{
			Id: "resume", Source: "s", Type: "resume_alert", State: actionv1.State_STATE_FAILED, UpdatedAt: now,
			Operation: &actionv1.Action_ResumeAlert{ResumeAlert: &actionv1.ResumeAlert{}},
		},
	} {
		require.NoError(t, b.PublishAction(t.Context(), a))
	}
	for _, l := range []*actionv1.Lease{
		{Id: "active", Target: "a", State: actionv1.LeaseState_LEASE_STATE_ACTIVE, Until: later, UpdatedAt: now},
		{Id: "in time", Target: "b", State: actionv1.LeaseState_LEASE_STATE_ENDED, Until: now, EndedAt: later, UpdatedAt: later},
		{
			Id: "early", Target: "c", State: actionv1.LeaseState_LEASE_STATE_OVERRIDDEN, Until: later, EndedAt: now, UpdatedAt: now,
			Holders: []*actionv1.Holder{{ActionId: "ours"}, {ActionId: "other"}},
		},
	} {
		require.NoError(t, b.PublishLease(t.Context(), l))
	}
	var told []string
	for o, ok := q.pop(); ok; o, ok = q.pop() {
		word := o.input.GetActionEnded().GetActionId() + o.input.GetLeaseEnded().GetTarget()
		if o.input.GetActionEnded().GetHasLease() {
			word += " has a lease"
		}
		if o.input.GetLeaseEnded().GetOnTime() {
			word += " on time"
		}
		if ids := o.input.GetLeaseEnded().GetActionIds(); len(ids) > 0 {
			word += fmt.Sprint(" of ", ids)
		}
		told = append(told, word)
	}
	require.Equal(t, []string{"ours has a lease", "foreign", "failed", "refused", "expired", "b on time", "c of [ours other]"}, told)
}

// The next process says it again if this one is killed before the engine hears it.
func TestListening_TellsAPersonsWord(t *testing.T) {
	t.Parallel()
	q := newInputQueue()
	b := listening{Bus: bustest.New(t), inputs: q, logger: slog.New(slog.DiscardHandler), retries: newRetries()}
	for _, a := range []*actionv1.Action{
		{Id: "unasked", State: actionv1.State_STATE_PENDING},
		{Id: "asked", State: actionv1.State_STATE_AWAITING_APPROVAL},
		{Id: "approved", State: actionv1.State_STATE_PENDING, DecidedBy: "ann", DecidedAt: timestamppb.New(time.Unix(1_800_000_000, 0))},
		{Id: "approved", State: actionv1.State_STATE_ATTEMPTING, DecidedBy: "ann"},
		{Id: "rejected", State: actionv1.State_STATE_REJECTED, DecidedBy: "bob"},
	} {
		a.Source, a.Type, a.UpdatedAt = "s", "publish", timestamppb.Now()
		require.NoError(t, b.PublishAction(t.Context(), a))
	}
	var told []string
	for o, ok := q.pop(); ok; o, ok = q.pop() {
		a := o.input.GetApproval()
		told = append(told, fmt.Sprint(a.GetActionId(), " ", a.GetApproved(), " ", a.GetBy(), " ", a.GetApprovedAt().GetSeconds()))
	}
	require.Equal(t, []string{"approved true ann 1800000000", "rejected false bob 0"}, told)
}

func rulesFrom(t *testing.T, text string) *Rules {
	t.Helper()
	rules, err := compile([]rule.File{{Name: "rules.yaml", Data: []byte(text)}}, rule.Catalog{})
	require.NoError(t, err)
	return rules
}

func TestArchive_KeepsSetsForAsLongAsTheirDecisions(t *testing.T) {
	t.Parallel()
	a := archive{bustest.New(t)}
	removed, err := a.purge(t.Context(), time.Now(), "")
	require.NoError(t, err)
	require.Zero(t, removed)
	var versions []string
	for _, name := range []string{"one", "two", "three"} {
		rules := rulesFrom(t, "rules: [{name: "+name+", mode: shadow, on: [anomaly]}]")
		_, err := a.keep(t.Context(), rules, time.Now(), "file")
		require.NoError(t, err)
		versions = append(versions, rules.Version())
	}
	before := time.Now().Add(-time.Hour)
	removed, err = a.purge(t.Context(), before, versions[2])
	require.NoError(t, err)
	require.Zero(t, removed, "the sets decided within the time")

	removed, err = a.purge(t.Context(), time.Now().Add(time.Hour), versions[0])
	require.NoError(t, err)
	require.Equal(t, 1, removed, "neither the running set nor the last one")
	_, err = a.load(t.Context(), versions[1])
	require.ErrorIs(t, err, errNoSet)
	rules, err := a.load(t.Context(), versions[0])
	require.NoError(t, err)
	require.Equal(t, "one", rules.Rules()[0].Name)
	_, err = a.load(t.Context(), "")
	require.ErrorIs(t, err, errNoSet)
}

// What does not read as what it was must not decide.
func TestArchive_TakesNothingForWhatItIsNot(t *testing.T) {
	t.Parallel()
	b := bustest.New(t)
	a := archive{b}
	_, err := b.Rules().PutString(t.Context(), "nonsense", "\xff\xff")
	require.NoError(t, err)
	_, err = a.load(t.Context(), "nonsense")
	require.ErrorIs(t, err, errNoSet)

	set, err := a.keep(t.Context(), rulesFrom(t, "rules: [{name: one, mode: shadow, on: [anomaly]}]"), time.Now(), "file")
	require.NoError(t, err)
	data, err := b.Rules().GetBytes(t.Context(), set.GetVersion())
	require.NoError(t, err)
	_, err = b.Rules().PutBytes(t.Context(), "another", data)
	require.NoError(t, err)
	_, err = a.load(t.Context(), "another")
	require.ErrorIs(t, err, errNoSet)
	require.ErrorContains(t, err, "reads as "+set.GetVersion())
}

const outlined = `# Rules of a shop.
mute_windows:
  night: {from: "02:00", to: "06:00"}
rules:
  # The first.
  - name: one
    mode: shadow # for now
    on: [anomaly]

  # The second.
  - {name: two, mode: off, on: [feedback, traffic], mute: [night]}

# The end.
`

func TestOutline_TellsWhereEachRuleStands(t *testing.T) {
	t.Parallel()
	rules := rulesFrom(t, outlined)
	passages := outline(rules.files)
	require.Equal(t, 6, passages["one"].line)
	require.Equal(t, "  - name: one\n    mode: shadow # for now\n    on: [anomaly]", passages["one"].text)
	require.Equal(t, 11, passages["two"].line)
	require.Equal(t, "  - {name: two, mode: off, on: [feedback, traffic], mute: [night]}", passages["two"].text)
	summaries := rules.summaries()
	require.Equal(t, []string{"feedback", "traffic"}, summaries[1].GetOn())
	require.EqualValues(t, 11, summaries[1].GetLine())
}

func TestDifference_GoesByWhatRulesSay(t *testing.T) {
	t.Parallel()
	before := rulesFrom(t, outlined)
	for text, want := range map[string][3]string{
		outlined: {},
		"rules: [{on: [anomaly], name: one, mode: shadow}, {name: two, mute: [night], mode: off, on: [feedback, traffic]}]\n" +
			"mute_windows: {night: {to: '06:00', from: '02:00'}}": {},
		"rules: [{on: [anomaly], name: one, mode: auto, do: [{publish: {subject: a}}]}, {name: three, mode: off, on: [anomaly]}]": {"three", "two", "one"},
		"rules: [{on: [anomaly], name: one, mode: shadow}, {name: two, mute: [night], mode: off, on: [feedback, traffic]}]\n" +
			"mute_windows: {night: {to: '07:00', from: '02:00'}}": {"", "", "two"},
	} {
		added, removed, changed := difference(before, rulesFrom(t, text))
		require.Equal(t, want, [3]string{joined(added), joined(removed), joined(changed)}, text)
	}
}

func joined(names []string) string {
	all := ""
	var allSb201 strings.Builder
	for _, name := range names {
		allSb201.WriteString(name)
	}
	all += allSb201.String()
	return all
}
