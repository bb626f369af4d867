package router

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/router/retry"
	"github.com/signalbox-io/signalbox/services/router/rule"
)

// Who asks for rules to be read again.
const (
	// ByFile is a change of the files.
	ByFile = "file"
	// BySignal is SIGHUP.
	BySignal = "signal"
	// ByCall is ReloadRules.
	ByCall = "call"
)

// ErrRefused is returned for rules files that are not taken: the set that runs
// goes on.
var ErrRefused = errors.New("the rules are refused")

// Change is what reading the rules files again came to.
type Change struct {
	// Before and After are versions of rule sets, equal if nothing changed.
	Before, After string
	// Added, Removed and Changed are names of rules.
	Added, Removed, Changed []string
}

// reloader reads the rules files again, one time after the other.
type reloader struct {
	turn chan struct{} // holds a token while somebody reads
	// current are the rules that were asked for last.
	current *Rules
	// seen is what the files held when they were read last.
	seen digest
}

// enter waits for those who read before, or for the end of ctx: a switch may wait
// for a loop that is far behind.
func (r *reloader) enter(ctx context.Context) (leave func(), err error) {
	leave = func() { <-r.turn }
	select {
	case r.turn <- struct{}{}: // also where ctx has ended: nobody is waited for
		return leave, nil
	default:
	}
	select {
	case r.turn <- struct{}{}:
		return leave, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for rules that are being switched to: %w; ask again later", ctx.Err())
	}
}

// asked returns the rules that were asked for last, when nobody reads any.
func (r *reloader) asked(ctx context.Context) (*Rules, error) {
	leave, err := r.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	return r.current, nil
}

// Reload reads the rules files again and lets them decide from the next event
// on; it returns when they do. by tells who asked. Files with a fault give an
// error that is ErrRefused and, where it is about what they say, [rule.Errors];
// then the running set goes on. If ctx ends first, the switch may still come.
func (r *Router) Reload(ctx context.Context, by string) (Change, error) {
	return r.reload(ctx, by, false)
}

// ReloadWarm is Reload, but rules that are new or changed first go over the stored
// events that their windows reach back to.
func (r *Router) ReloadWarm(ctx context.Context, by string) (Change, error) {
	return r.reload(ctx, by, true)
}

func (r *Router) reload(ctx context.Context, by string, warm bool) (Change, error) {
	leave, err := r.reloads.enter(ctx)
	if err != nil {
		return Change{}, err
	}
	defer leave()
	before := r.reloads.current
	change := Change{Before: before.Version(), After: before.Version()}
	rules, err := r.readAgain()
	if err == nil {
		err = notEmptied(before, rules)
	}
	if err != nil {
		r.refuse(ctx, by, before, err)
		return change, fmt.Errorf("%w, those of version %s go on: %w", ErrRefused, before.Version(), err)
	}
	change.Added, change.Removed, change.Changed = difference(before, rules)
	rules.summaries()
	if err := r.switchRules(ctx, rules, by, warm); err != nil {
		return change, fmt.Errorf("switch to rule set %s: %w", rules.Version(), err)
	}
	change.After = rules.Version()
	r.accept(ctx, by, change)
	return change, nil
}

// switchRules lets the rules decide. A switch that does not come before ctx ends
// comes later: who reads the files again then must compare with its rules.
func (r *Router) switchRules(ctx context.Context, rules *Rules, by string, warm bool) error {
	var err error
	if rules.Version() != r.reloads.current.Version() {
		in := switchTo(rules, by)
		in.GetRuleSetSwitch().Warm = warm
		err = r.take(ctx, offer{input: in, rules: rules})
	}
	if err == nil || ctx.Err() != nil {
		r.reloads.current = rules
	}
	return err
}

func (r *Router) readAgain() (*Rules, error) {
	files, err := readFiles(r.opts.Config)
	r.reloads.seen = digestOf(files, err)
	if err != nil {
		return nil, err
	}
	return compile(files, catalogOf(r.opts.Config.Sources))
}

// notEmptied is the error of files that hold no rule any more: most often
// somebody is just replacing them, and what rules remember would be lost.
func notEmptied(before, rules *Rules) error {
	if n := len(before.Rules()); n > 0 && len(rules.Rules()) == 0 {
		return fmt.Errorf("the files hold no rule any more, and %d did: to stop every rule set its mode to off", n)
	}
	return nil
}

// accept tells that the files are taken.
func (r *Router) accept(ctx context.Context, by string, change Change) {
	r.status.refuse(nil)
	r.status.owns(change.After)
	r.opts.Health.Note(r.status.note())
	result := "applied"
	if change.After == change.Before {
		result = "unchanged"
	}
	r.metrics.reloads.WithLabelValues(result).Inc()
	r.opts.Logger.InfoContext(ctx, "rules files were read again", slog.String("result", result), slog.String("by", by),
		slog.String("rule_set", change.After), slog.Any("added", change.Added), slog.Any("removed", change.Removed),
		slog.Any("changed", change.Changed))
}

// refuse tells of files that are not taken wherever somebody may look.
func (r *Router) refuse(ctx context.Context, by string, running *Rules, err error) {
	problems := problemsOf(err)
	r.status.refuse(&routerv1.Refusal{At: timestamppb.Now(), By: by, Problems: problems})
	r.opts.Health.Note(r.status.note())
	r.metrics.reloads.WithLabelValues("refused").Inc()
	r.metrics.reloadsFailed.Inc()
	r.opts.Logger.ErrorContext(ctx, "rules files are refused, the running rules go on", slog.String("by", by),
		slog.String("rule_set", running.Version()), slog.Int("problems", int(problems.GetTotal())))
	for _, problem := range problems.GetProblems() {
		r.opts.Logger.ErrorContext(ctx, "problem of a rules file", slog.String("problem", problemText(problem)))
	}
}

// maxProblems bounds the problems that are told of.
const maxProblems = 1000

func problemsOf(err error) *routerv1.RuleProblems {
	faults, ok := errors.AsType[rule.Errors](err)
	if !ok {
		return &routerv1.RuleProblems{Total: 1, Problems: []*routerv1.RuleProblem{{Message: err.Error()}}}
	}
	problems := &routerv1.RuleProblems{Total: int32(len(faults))}
	for _, fault := range faults[:min(len(faults), maxProblems)] {
		problems.Problems = append(problems.Problems, &routerv1.RuleProblem{
			File: fault.File, Line: int32(fault.Line), Column: int32(fault.Column),
			Rule: fault.Rule, Message: fault.Message, Text: clipped(fault.Text),
		})
	}
	return problems
}

func problemText(p *routerv1.RuleProblem) string {
	text := p.GetMessage()
	if p.GetRule() != "" {
		text = "rule " + p.GetRule() + ": " + text
	}
	if p.GetFile() != "" {
		text = fmt.Sprintf("%s:%d:%d: %s", p.GetFile(), p.GetLine(), p.GetColumn(), text)
	}
	return text
}

// watchRules reads the rules files again when what they hold has changed and
// then stood still for a moment, so that nobody is still writing. It ends with
// ctx.
func (r *Router) watchRules(ctx context.Context) {
	var last digest
	for retry.Wait(ctx, r.opts.WatchRules) == nil {
		current := digestOf(readFiles(r.opts.Config))
		isStill := current == last
		last = current
		if !isStill || current == r.seenRules(ctx) {
			continue
		}
		// The error is told by whoever refuses; a switch that did not come in
		// time comes later.
		_, _ = r.Reload(ctx, ByFile)
	}
}

// lookAtFiles takes up what the rules files say now while another router decides:
// they decide when this one does. Nothing else uses the loop meanwhile.
func (r *Router) lookAtFiles(ctx context.Context) {
	leave, err := r.reloads.enter(ctx)
	if err != nil {
		return
	}
	defer leave()
	if digestOf(readFiles(r.opts.Config)) == r.reloads.seen {
		return
	}
	rules, err := r.readAgain()
	if err == nil {
		err = notEmptied(r.reloads.current, rules)
	}
	if err != nil {
		r.refuse(ctx, ByFile, r.reloads.current, err)
		return
	}
	rules.summaries()
	r.status.refuse(nil)
	r.status.owns(rules.Version())
	r.reloads.current, r.loop.wanted = rules, rules
}

func (r *Router) seenRules(ctx context.Context) digest {
	leave, err := r.reloads.enter(ctx)
	if err != nil {
		return digest{}
	}
	defer leave()
	return r.reloads.seen
}

// defaultWatch is the time between two looks at the rules files.
const defaultWatch = time.Second
