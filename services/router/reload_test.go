package router_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/signalbox-io/signalbox/pkg/bus"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/router"
	"github.com/signalbox-io/signalbox/services/router/rule"
)

// switches returns place, version and asker of each recorded switch.
func (r *rig) switches() []string {
	r.t.Helper()
	all := []string{}
	for _, in := range r.inputs() {
		if s := in.GetRuleSetSwitch(); s != nil {
			all = append(all, fmt.Sprintf("%d %s %s", in.GetAfterSequence(), s.GetRuleSet(), s.GetBy()))
		}
	}
	return all
}

func (r *rig) inputs() []*routerv1.Input {
	r.t.Helper()
	var all []*routerv1.Input
	for _, msg := range r.messages(bus.StreamInputs, "") {
		in, err := bus.DecodeInput(msg.Header, msg.Data)
		require.NoError(r.t, err)
		all = append(all, in)
	}
	return all
}

// decidedBy returns rule, sequence and rule set of each decision.
func (r *rig) decidedBy() []string {
	r.t.Helper()
	all := []string{}
	for _, msg := range r.messages(bus.StreamDecisions, "") {
		d, err := bus.DecodeDecision(msg.Header, msg.Data)
		require.NoError(r.t, err)
		all = append(all, fmt.Sprintf("%s %d %s", d.GetRule(), d.GetSequence(), d.GetRuleSet()))
	}
	return all
}

func (r *rig) version() string {
	r.t.Helper()
	rules, err := router.LoadRules(r.config)
	require.NoError(r.t, err)
	return rules.Version()
}

// write replaces the rules file at once.
func (r *rig) write(text string) {
	r.t.Helper()
	r.writeTo(r.config.Rules[0], text)
}

// writeTo is write for any file: who looks at it never sees half of it.
func (r *rig) writeTo(path, text string) {
	r.t.Helper()
	next := path + ".next"
	require.NoError(r.t, os.WriteFile(next, []byte(text), 0o600))
	require.NoError(r.t, os.Rename(next, path))
}

func TestReload_LetsOtherRulesDecideFromTheNextEventOn(t *testing.T) {
	t.Parallel()
	r := newRig(t, everyAnomaly)
	p := r.start(r.bus)
	server := router.NewServer(p.Router)
	r.publish(r.anomaly("a", "shop", 0))
	until(t, "the first is decided", func() bool { return len(r.brief()) == 1 })
	before := r.version()

	r.write(everyAnomaly + "  - {name: also, mode: shadow, on: [anomaly]}\n")
	after := r.version()
	answer, err := server.ReloadRules(t.Context(), &routerv1.ReloadRulesRequest{})
	require.NoError(t, err)
	require.Equal(t, before, answer.GetOldRuleSet())
	require.Equal(t, after, answer.GetRuleSet())
	require.Equal(t, []string{"also"}, answer.GetAdded())
	require.Empty(t, append(answer.GetRemoved(), answer.GetChanged()...))
	r.publish(r.anomaly("b", "shop", 1))
	until(t, "the second is decided", func() bool { return len(r.brief()) == 3 })
	require.Equal(t, []string{"each 1 " + before, "each 2 " + after, "also 2 " + after}, r.decidedBy())
	require.Equal(t, []string{"0 " + before + " start", "1 " + after + " call"}, r.switches())

	answered, err := server.GetStatus(t.Context(), &routerv1.GetStatusRequest{})
	require.NoError(t, err)
	require.Equal(t, after, answered.GetRuleSet())
	require.Equal(t, []string{"each", "also"}, answered.GetRules())
	require.InDelta(t, 1, p.value("rule_set_info", after), 0)
	require.Zero(t, p.value("rule_set_info", before))
	require.InDelta(t, 2, p.value("rules"), 0)
	require.InDelta(t, 1, p.value("reloads_total", "applied"), 0)
	require.Contains(t, p.health.Report().Components[0].Note, after)

	answer, err = server.ReloadRules(t.Context(), &routerv1.ReloadRulesRequest{})
	require.NoError(t, err)
	require.Equal(t, answer.GetOldRuleSet(), answer.GetRuleSet())
	require.Len(t, r.switches(), 2, "nothing has changed")
	require.InDelta(t, 1, p.value("reloads_total", "unchanged"), 0)
}

func TestReload_KeepsWhatARuleKnowsAndDropsWhatIsGone(t *testing.T) {
	t.Parallel()
	r := newRig(t, demoRules)
	p := r.start(r.bus)
	r.publish(r.feedback("f1", "a1", 0))
	until(t, "the first is decided", func() bool { return len(r.brief()) == 2 })
	r.rewrite("name: quiet\n", "name: quiet\n    description: Edited.\n")
	change, err := p.Reload(t.Context(), router.ByCall)
	require.NoError(t, err)
	require.Equal(t, []string{"quiet"}, change.Changed)
	r.publish(r.feedback("f2", "a1", 1))
	until(t, "the second is decided", func() bool { return len(r.brief()) == 4 })
	require.Equal(t, []string{"quiet FIRED 2", "would HELD_COOLDOWN 2"}, r.brief()[2:], "the window stays")

	r.rewrite("at_least: 2", "at_least: 3")
	_, err = p.Reload(t.Context(), router.ByCall)
	require.NoError(t, err)
	r.publish(r.feedback("f3", "a2", 2))
	until(t, "the third is decided", func() bool { return len(r.brief()) == 6 })
	r.rewrite("at_least: 3", "at_least: 2")
	_, err = p.Reload(t.Context(), router.ByCall)
	require.NoError(t, err)
	r.publish(r.feedback("f4", "a2", 3))
	until(t, "the fourth is decided", func() bool { return len(r.brief()) == 8 })
	require.Equal(t, []string{"quiet HELD_COUNT 4", "would HELD_COOLDOWN 4"}, r.brief()[6:], "another window begins empty")
}

func TestReload_RefusesFilesWithFaultsLoudly(t *testing.T) {
	t.Parallel()
	r := newRig(t, everyAnomaly)
	p := r.start(r.bus)
	server := router.NewServer(p.Router)
	p.awaitReady()
	running := r.version()
	r.write("rules:\n  - {name: each, mode: automatic, on: [anomaly]}\n  - {name: Each, mode: off, on: [anomaly]}\n")

	_, err := p.Reload(t.Context(), router.ByCall)
	require.ErrorIs(t, err, router.ErrRefused)
	var faults rule.Errors
	require.ErrorAs(t, err, &faults)
	require.Len(t, faults, 2)
	_, err = server.ReloadRules(t.Context(), &routerv1.ReloadRulesRequest{})
	require.Equal(t, codes.FailedPrecondition, status.Code(err))
	problems := problemsIn(t, err)
	require.EqualValues(t, 2, problems.GetTotal())
	require.Equal(t, r.config.Rules[0], problems.GetProblems()[1].GetFile())
	require.EqualValues(t, 3, problems.GetProblems()[1].GetLine())

	require.GreaterOrEqual(t, p.value("reloads_failed_total"), 2.0)
	report := p.health.Report()
	require.True(t, report.Ready, "the running rules go on")
	require.Contains(t, report.Components[0].Note, "refused")
	require.Contains(t, report.Components[0].Note, ":2:")
	list, err := server.ListRules(t.Context(), &routerv1.ListRulesRequest{})
	require.NoError(t, err)
	require.EqualValues(t, 2, list.GetRefusal().GetProblems().GetTotal())
	require.Equal(t, running, list.GetRuleSet().GetVersion())
	r.publish(r.anomaly("a", "shop", 0))
	until(t, "the old rules decide", func() bool { return len(r.brief()) == 1 })
	require.Equal(t, []string{"each 1 " + running}, r.decidedBy())

	require.NoError(t, os.Remove(r.config.Rules[0]))
	_, err = p.Reload(t.Context(), router.ByCall)
	require.ErrorIs(t, err, os.ErrNotExist)
	r.write(everyAnomaly)
	_, err = p.Reload(t.Context(), router.ByCall)
	require.NoError(t, err)
	require.NotContains(t, p.health.Report().Components[0].Note, "refused")
}

func problemsIn(t *testing.T, err error) *routerv1.RuleProblems {
	t.Helper()
	for _, detail := range status.Convert(err).Details() {
		if problems, ok := detail.(*routerv1.RuleProblems); ok {
			return problems
		}
	}
	require.Fail(t, "the error tells no problems", err.Error())
	return nil
}

func TestReload_RefusesFilesThatHoldNoRuleAnyMore(t *testing.T) {
	t.Parallel()
	r := newRig(t, everyAnomaly)
	p := r.start(r.bus)
	before := r.version()
	r.write("rules: []\n")
	change, err := p.Reload(t.Context(), router.ByCall)
	require.ErrorIs(t, err, router.ErrRefused)
	require.ErrorContains(t, err, "set its mode to off")
	require.Equal(t, before, change.After)
	r.publish(r.anomaly("a", "shop", 0))
	until(t, "the rules of before decide", func() bool { return len(r.brief()) == 1 })
}

func TestReload_FollowsTheFiles(t *testing.T) {
	t.Parallel()
	r := newRig(t, everyAnomaly)
	dir := filepath.Dir(r.config.Rules[0])
	r.config.RulePatterns = []string{r.config.Rules[0], filepath.Join(dir, "more", "*.yaml")}
	r.watch = 20 * time.Millisecond
	p := r.start(r.bus)
	p.awaitReady()
	names := func() string {
		answered, err := router.NewServer(p.Router).GetStatus(t.Context(), &routerv1.GetStatusRequest{})
		require.NoError(t, err)
		return strings.Join(answered.GetRules(), " ")
	}
	require.Equal(t, "each", names())
	require.NoError(t, os.Mkdir(filepath.Join(dir, "more"), 0o700))
	other := filepath.Join(dir, "more", "other.yaml")
	r.writeTo(other, "rules: [{name: other, mode: shadow, on: [anomaly]}]")
	until(t, "a new file counts", func() bool { return names() == "other each" })
	r.writeTo(other, "rules: [{name: other")
	until(t, "a broken file is told of", func() bool { return p.value("reloads_failed_total") == 1 })
	require.Equal(t, "other each", names())
	require.NoError(t, os.Remove(other))
	until(t, "a file that is gone does not", func() bool { return names() == "each" })
	r.write(strings.ReplaceAll(everyAnomaly, "each", "all"))
	until(t, "a file that has changed counts", func() bool { return names() == "all" })
	require.InDelta(t, 1, p.value("reloads_failed_total"), 0, "one fault is told once")
	for _, text := range r.switches()[1:] {
		require.True(t, strings.HasSuffix(text, " file"), text)
	}
}

func TestServer_ShowsWhatDecidesAndWhatDecided(t *testing.T) {
	t.Parallel()
	r := newRig(t, demoRules)
	p := r.start(r.bus)
	server := router.NewServer(p.Router)
	p.awaitReady()
	before := r.version()
	list, err := server.ListRules(t.Context(), &routerv1.ListRulesRequest{})
	require.NoError(t, err)
	require.Equal(t, before, list.GetRuleSet().GetVersion())
	require.Equal(t, "start", list.GetRuleSet().GetBy())
	require.WithinDuration(t, time.Now(), list.GetRuleSet().GetSince().AsTime(), patience)
	require.Len(t, list.GetRuleSet().GetRules(), 3)
	watch := list.GetRuleSet().GetRules()[1]
	require.Equal(t, []string{"create_watcher", "publish"}, watch.GetActions())
	require.Equal(t, []string{"anomaly"}, watch.GetOn())
	require.Equal(t, "auto", watch.GetMode())
	require.EqualValues(t, 12, watch.GetLine())
	require.Equal(t, r.config.Rules[0], watch.GetFile())
	require.Equal(t, "bitmap", watch.GetClass())
	require.Equal(t, []string{"event.entity"}, watch.GetKey())
	require.Zero(t, watch.GetKeys())
	r.publish(r.traffic("t1", "shop", 0), r.traffic("t2", "blog", 1))
	until(t, "two causes are remembered", func() bool {
		one, err := server.GetRule(t.Context(), &routerv1.GetRuleRequest{Name: "watch"})
		return err == nil && one.GetRule().GetKeys() == 2
	})
	list, err = server.ListRules(t.Context(), &routerv1.ListRulesRequest{})
	require.NoError(t, err)
	require.Zero(t, list.GetRuleSet().GetRules()[0].GetKeys())
	require.EqualValues(t, 2, list.GetRuleSet().GetRules()[1].GetKeys())

	r.write(everyAnomaly)
	_, err = p.Reload(t.Context(), router.ByCall)
	require.NoError(t, err)
	old, err := server.ListRules(t.Context(), &routerv1.ListRulesRequest{RuleSet: before})
	require.NoError(t, err)
	require.Len(t, old.GetRuleSet().GetRules(), 3)
	got, err := server.GetRule(t.Context(), &routerv1.GetRuleRequest{Name: "would", RuleSet: before})
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(got.GetText(), "  - name: would\n"), got.GetText())
	require.True(t, strings.HasSuffix(got.GetText(), "for: 1h}"), got.GetText())
	got, err = server.GetRule(t.Context(), &routerv1.GetRuleRequest{Name: "each"})
	require.NoError(t, err)
	require.Equal(t, r.version(), got.GetRuleSet())

	for _, request := range []*routerv1.GetRuleRequest{{Name: "would"}, {Name: "each", RuleSet: "another"}} {
		_, err = server.GetRule(t.Context(), request)
		require.Equal(t, codes.NotFound, status.Code(err))
	}
	_, err = server.ListRules(t.Context(), &routerv1.ListRulesRequest{RuleSet: "another"})
	require.Equal(t, codes.NotFound, status.Code(err))
	_, err = server.GetRule(t.Context(), &routerv1.GetRuleRequest{})
	require.Equal(t, codes.InvalidArgument, status.Code(err))
}

// A lease that a rule took ends in time, also when the rule is gone.
func TestReload_LeasesOfARuleThatIsGoneEndInTime(t *testing.T) {
	t.Parallel()
	r, p := pausedShortly(t)
	r.write(everyAnomaly)
	_, err := p.Reload(t.Context(), router.ByCall)
	require.NoError(t, err)
	until(t, "it is resumed", func() bool { return len(r.vendor.done()) == 2 })
	require.Equal(t, []string{"pause a1", "resume a1"}, r.vendor.done())
}

// pausedShortly returns a router that has paused an alert for a few seconds, for more
// of them where the machine is too slow to begin in time.
func pausedShortly(t *testing.T) (*rig, *process) {
	t.Helper()
	for length := 2 * time.Second; ; length *= 2 {
		r := newRig(t, fmt.Sprintf(`
rules:
  - name: short
    mode: auto
    on: [feedback]
    do: [{pause_alert: {source: anodot-prod, alert_id: "${feedback.alert_id}", for: %s}}]
`, length))
		p := r.start(r.bus)
		p.awaitReady()
		r.base = time.Now()
		r.publish(r.feedback("f1", "a1", 0))
		until(t, "the pause has ended", func() bool {
			state := r.ledger()["pause_alert alert:a1"]
			return state == "STATE_DONE" || state == "STATE_EXPIRED"
		})
		if len(r.vendor.done()) > 0 {
			return r, p
		}
		p.kill()
	}
}

// eventsOf returns as many anomalies.
func (r *rig) eventsOf(from, count int) []*eventv1.Event {
	var events []*eventv1.Event
	for i := from; i < from+count; i++ {
		events = append(events, r.anomaly(fmt.Sprintf("n%d", i), "shop", 0))
	}
	return events
}
