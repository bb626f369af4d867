package router_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/bus"
	"github.com/signalbox-io/signalbox/pkg/config"
	decisionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/decision/v1"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	rulescommand "github.com/signalbox-io/signalbox/services/cli/rules"
	"github.com/signalbox-io/signalbox/services/router"
	"github.com/signalbox-io/signalbox/services/router/engine"
	"github.com/signalbox-io/signalbox/services/router/rule"
	"github.com/signalbox-io/signalbox/services/router/suite"
)

const (
	// wait is how long the rules of alikeRules wait for a cause.
	wait = 12 * time.Second
	// pause is how long the second part of a story begins after the first one, all of
	// which is stored within the wait.
	pause = wait + 2*time.Second
)

// alikeRules have every clause. What they wait for in the stream's time ends between
// the two parts of a story, so that it does not matter by how little an event is
// stored after it was observed, which files do not know.
const alikeRules = `
rules:
  - {name: counts, mode: auto, on: [feedback], key: [feedback.alert_id], count: {at_least: 2, within: 20m, reset: true}, do: [{publish: {subject: "votes.${feedback.alert_id}"}}]}
  - {name: distinct, mode: shadow, on: [feedback, anomaly], count: {at_least: 3, within: 30m, distinct: event.title}}
  - {name: pauses, mode: auto, on: [feedback], when: feedback.verdict == NOT_INTERESTING, key: [feedback.alert_id], cooldown: 5m, do: [{pause_alert: {source: anodot-prod, alert_id: "${feedback.alert_id}", for: 1h}}]}
  - {name: asks, mode: suggest, on: [feedback], key: [feedback.alert_id], limits: [{max: 3, per: 15m}], do: [{create_watcher: {source: anomify-prod, name: "w ${feedback.alert_id}", chips: [a], alert: true}}]}
  - {name: tells, mode: auto, on: [anomaly], unless: paused, limits: [{max: 2, per: 10m, across: key}], do: [{publish: {subject: told}}]}
  - {name: waits, mode: shadow, on: [anomaly], when: anomaly.score > 0.3, key: [labels.site], given: [{on: traffic, where: traffic.measures.ratio >= 0.5, key: [labels.site], within: 10m, wait: 12s}]}
  - {name: lacks, mode: shadow, on: [anomaly], key: [labels.site], given: [{on: traffic, key: [labels.site], within: 5m, absent: true, wait: 12s}, {on: feedback, key: [labels.site], within: 40m, at_least: 2, wait: 0s}]}
  - {name: stands, mode: auto, on: [anomaly], hold: {for: 2m, until: anomaly.phase == CLOSED}, mute: [lull], do: [{publish: {subject: stood}}]}
  - {name: flaps, mode: shadow, on: [anomaly], flap: {at_least: 2, within: 40m}}
  - {name: fails, mode: shadow, on: [traffic], when: int(event.title) > 0}
  - {name: off, mode: off, on: [anomaly]}
mute_windows: {lull: {from: "FROM", to: "TO"}}
`

// alike is a story that every shell is told.
type alike struct {
	*rig
	rules string
	// early and late are its two parts: late happens when all that the first one
	// waits for is over.
	early, late []*eventv1.Event
}

// newAlike makes up a story that ends in pause from now. Its events happened within
// the hour before, and were observed in their order.
func newAlike(t *testing.T, seed uint64) *alike {
	t.Helper()
	now := time.Now().UTC().Truncate(time.Second)
	rules := strings.NewReplacer(
		"FROM", now.Add(-45*time.Minute).Format("15:04"), "TO", now.Add(-15*time.Minute).Format("15:04"),
	).Replace(alikeRules)
	a := &alike{rig: newRig(t, rules), rules: rules}
	a.config.Safety = config.Safety{MaxPausedAlerts: 3, MaxActionsPerHour: 30}
	random := rand.New(rand.NewPCG(seed, 3))
	for i := range 90 {
		e := a.drawn(random, i)
		e.OccurredAt = timestamppb.New(now.Add(-time.Duration(10_000+random.IntN(50*60_000)) * time.Millisecond).Add(-2 * time.Minute))
		if i%15 == 7 {
			e.OccurredAt = timestamppb.New(now.Add(-2 * time.Hour)) // late
		}
		e.ObservedAt = timestamppb.New(now.Add(time.Duration(i-90) * 10 * time.Millisecond))
		if i < 60 {
			a.early = append(a.early, e)
			continue
		}
		e.ObservedAt = timestamppb.New(now.Add(pause).Add(time.Duration(i-90) * 10 * time.Millisecond))
		a.late = append(a.late, e)
	}
	return a
}

// drawn is one event of the story. Those of its second part wait for nothing.
func (a *alike) drawn(random *rand.Rand, i int) *eventv1.Event {
	site, alert, id := []string{"shop", "blog"}[random.IntN(2)], strconv.Itoa(random.IntN(6)), strconv.Itoa(i)
	var e *eventv1.Event
	switch n := random.IntN(10); {
	case n < 4 || i >= 60 && n < 8:
		e = a.feedback("f"+id, alert, i)
		e.GetFeedback().Verdict = eventv1.Verdict(1 + random.IntN(2))
	case n < 8:
		e = a.anomaly("n"+id, site, i)
		e.GetAnomaly().AlertId, e.GetAnomaly().Score = alert, random.Float64()
		e.GetAnomaly().Phase = eventv1.Phase(1 + random.IntN(3))
		e.NativeId = "thing " + strconv.Itoa(random.IntN(8))
	default:
		e = a.traffic("t"+id, site, i)
		e.GetTraffic().Measures = map[string]float64{"ratio": random.Float64(), "requests": 7}
	}
	e.Title = []string{"1", "one", "two"}[random.IntN(3)]
	e.Labels = map[string]string{"site": site}
	return e
}

func (a *alike) all() []*eventv1.Event { return slices.Concat(a.early, a.late) }

// tell lets routers decide: in batches of so many events, and with another process
// for what follows each third of the first part. It returns nil where the machine was
// so busy that the first part took longer than the wait.
func (a *alike) tell(batch int, end func(*process)) *process {
	a.t.Helper()
	p := a.start(a.bus)
	p.awaitReady()
	told, began := uint64(0), time.Now()
	for from := 0; from < len(a.early); from += batch {
		part := a.early[from:min(from+batch, len(a.early))]
		a.publish(part...)
		if told += uint64(len(part)); end != nil && from/20 != (from+batch)/20 {
			until(a.t, "some is decided", func() bool { return p.Status(a.t.Context()).Decided >= told/2 })
			end(p)
			p = a.start(a.bus)
		}
	}
	if time.Since(began) > wait {
		p.kill()
		return nil
	}
	over := time.Now().Add(pause)
	until(a.t, "what waits is over", func() bool { return time.Now().After(over) })
	for from := 0; from < len(a.late); from += batch {
		a.publish(a.late[from:min(from+batch, len(a.late))]...)
	}
	s := &storyteller{rig: a.rig, p: p}
	s.awaitSilence()
	return p
}

// Every shell makes the same decisions of a stream, byte for byte and in the same
// order: the router, in whatever batches the stream comes and wherever it is started
// again; a backtest of what is stored, and of a file; a suite; shards of the rules;
// and, of each event, explain.
func TestShells_DecideAlike(t *testing.T) {
	t.Parallel()
	for i, way := range []struct {
		name  string
		batch int
		end   func(*process)
	}{
		{"event by event", 1, nil},
		{"in batches, stopped in between", 7, (*process).stop},
		{"at once, killed in between", 60, (*process).kill},
	} {
		t.Run(way.name, func(t *testing.T) {
			t.Parallel()
			var a *alike
			var p *process
			for tries := 0; p == nil; tries++ {
				require.Less(t, tries, 10, "no story is told in time")
				a = newAlike(t, uint64(i))
				p = a.tell(way.batch, way.end)
			}
			decided := a.allDecisions()
			a.requireEveryOutcome(decided)
			want := records(t, decided)
			require.Equal(t, want, records(t, backtestStored(t, a.backtestClient(), a.rules)), "a backtest of what is stored")
			require.Equal(t, want, records(t, a.backtestFile()), "a backtest of a file")
			require.Equal(t, want, records(t, a.suite()), "a suite")
			for _, n := range []int{1, 2, 3, 7} {
				require.Equal(t, want, records(t, a.shards(n)), "%d shards", n)
			}
			server := router.NewServer(p.Router)
			a.requireExplained(decided, func(e *eventv1.Event) *routerv1.ExplainResponse {
				answer, err := server.Explain(t.Context(), &routerv1.ExplainRequest{EventId: e.GetId()})
				require.NoError(t, err)
				require.True(t, answer.GetAsDecided())
				return answer
			})
			if i == 0 { // a command for each event takes its time
				a.requireExplained(decided, a.explainFile())
			}
		})
	}
}

// requireEveryOutcome keeps the story from telling nothing: each clause has its say.
func (a *alike) requireEveryOutcome(decided []*decisionv1.Decision) {
	a.t.Helper()
	seen := map[string]bool{}
	for _, d := range decided {
		seen[strings.TrimPrefix(d.GetOutcome().String(), "OUTCOME_")] = true
	}
	for _, outcome := range []string{
		"FIRED", "SHADOW", "SUGGESTED", "HELD_COUNT", "UNLESS", "HELD_GIVEN", "HELD_FLAP", "HELD_HOLD", "MUTED", "HELD_COOLDOWN",
		"HELD_LIMIT", "REFUSED_SAFETY", "LATE", "ERROR",
	} {
		require.Contains(a.t, seen, outcome)
	}
}

// command runs signalbox rules, and returns what it prints.
func (a *alike) command(args ...string) string {
	a.t.Helper()
	var out, faults bytes.Buffer
	command := rulescommand.NewCommand(func(string) (string, bool) { return "", false })
	command.SetArgs(args)
	command.SetOut(&out)
	command.SetErr(&faults)
	require.NoError(a.t, command.ExecuteContext(a.t.Context()), faults.String())
	return out.String()
}

// files writes the events, the rules and the settings.
func (a *alike) files() (events, rules, settings string) {
	a.t.Helper()
	dir := a.t.TempDir()
	write := func(name, content string) string {
		path := filepath.Join(dir, name)
		require.NoError(a.t, os.WriteFile(path, []byte(content), 0o600))
		return path
	}
	var lines strings.Builder
	for _, e := range a.all() {
		lines.WriteString(canonicalText(a.t, e) + "\n")
	}
	s := a.config.Safety
	return write("events.jsonl", lines.String()), write("rules.yaml", a.rules), write("config.yaml", fmt.Sprintf(
		"engine: {max_lateness: 1h}\nsafety: {max_paused_alerts: %d, max_actions_per_hour: %d}\n", s.MaxPausedAlerts, s.MaxActionsPerHour))
}

func (a *alike) backtestFile() []*decisionv1.Decision {
	a.t.Helper()
	events, rules, settings := a.files()
	summary := filepath.Join(a.t.TempDir(), "summary.json")
	printed := a.command("backtest", "--rules", rules, "--events", events, "--config", settings, "--output", "json", "--summary", summary)
	text, err := os.ReadFile(summary)
	require.NoError(a.t, err)
	return decisionsOf(linesOf(a.t, printed), versionIn(a.t, text))
}

func (a *alike) explainFile() func(*eventv1.Event) *routerv1.ExplainResponse {
	a.t.Helper()
	events, rules, settings := a.files()
	return func(e *eventv1.Event) *routerv1.ExplainResponse {
		printed := a.command("explain", "--rules", rules, "--events", events, "--config", settings, "--event", e.GetId(), "--output", "json")
		answer := &routerv1.ExplainResponse{}
		require.NoError(a.t, protojson.Unmarshal([]byte(printed), answer))
		return answer
	}
}

// suite plays the story as a case.
func (a *alike) suite() []*decisionv1.Decision {
	a.t.Helper()
	steps := []any{}
	for _, e := range a.all() {
		steps = append(steps, json.RawMessage(canonicalText(a.t, e)))
	}
	steps = append(steps, map[string]any{"now": time.Now().UTC().Format(time.RFC3339Nano)})
	text, err := json.Marshal(map[string]any{
		"rules": "rules.yaml", "settings": map[string]any{"max_lateness": "1h", "safety": map[string]any{
			"max_paused_alerts": a.config.Safety.MaxPausedAlerts, "max_actions_per_hour": a.config.Safety.MaxActionsPerHour,
		}},
		"tests": []any{map[string]any{"name": "all of it", "steps": steps, "expect": map[string]any{"leases": []any{}}}},
	})
	require.NoError(a.t, err)
	loaded, err := suite.Load(rule.File{Name: "alike_test.yaml", Data: text}, func(string) (rule.File, error) {
		return rule.File{Name: "rules.yaml", Data: []byte(a.rules)}, nil
	}, suite.Options{})
	require.NoError(a.t, err)
	result := suite.Run(loaded, suite.RunOptions{})
	require.Empty(a.t, result.Cases[0].Fault+result.Cases[0].Unsteady)
	return result.Cases[0].Decisions
}

func canonicalText(t *testing.T, e *eventv1.Event) string {
	t.Helper()
	data, err := protojson.Marshal(e)
	require.NoError(t, err)
	return string(data)
}

// shards lets n engines with a part of the rules each go over what is stored, each of
// them restored now and then.
func (a *alike) shards(n int) []*decisionv1.Decision {
	a.t.Helper()
	set, err := rule.Load([]rule.File{{Name: "rules.yaml", Data: []byte(a.rules)}}, rule.Catalog{})
	require.NoError(a.t, err)
	settings, merger := router.Settings(a.config), engine.NewMerger(set)
	shards := make([]*engine.Engine, n)
	for i := range shards {
		shards[i] = engine.New(set.Shard(i, n), settings)
	}
	var all []*decisionv1.Decision
	step := func(ask func(*engine.Engine) []engine.Output) {
		var parts [][]engine.Output
		for _, one := range shards {
			parts = append(parts, ask(one))
		}
		for _, out := range merger.Merge(parts...) {
			if out.Decision != nil {
				all = append(all, out.Decision)
			}
		}
	}
	for i, msg := range a.messages(bus.StreamEvents, "") {
		e, err := bus.DecodeEvent(msg.Header, msg.Data)
		require.NoError(a.t, err)
		step(func(one *engine.Engine) []engine.Output {
			return one.Event(engine.Input{Event: e, Sequence: msg.Sequence, Time: msg.Time})
		})
		snapshot, err := shards[i%n].Snapshot()
		require.NoError(a.t, err)
		shards[i%n], err = engine.Restore(set.Shard(i%n, n), settings, snapshot)
		require.NoError(a.t, err)
	}
	step(func(one *engine.Engine) []engine.Output { return one.Advance(time.Now()) })
	return all
}

// requireExplained requires of each event the last decision of each rule.
func (a *alike) requireExplained(decided []*decisionv1.Decision, explain func(*eventv1.Event) *routerv1.ExplainResponse) {
	a.t.Helper()
	last := map[string]string{}
	for _, d := range decided {
		last[d.GetEventId()+" "+d.GetRule()] = record(a.t, d)
	}
	for _, e := range a.all() {
		for _, told := range explain(e).GetRules() {
			about := e.GetId() + " " + told.GetRule()
			if late, ok := last[e.GetId()+" "]; ok {
				require.Equal(a.t, late, record(a.t, told.GetDecision()))
				continue
			}
			require.False(a.t, told.GetDiffers())
			if told.GetDecision() == nil {
				require.NotContains(a.t, last, about)
				continue
			}
			require.Equal(a.t, last[about], record(a.t, told.GetDecision()))
			delete(last, about)
		}
		delete(last, e.GetId()+" ")
	}
	require.Empty(a.t, last, "every decision is explained")
}
