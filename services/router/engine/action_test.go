package engine_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	decisionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/decision/v1"
	"github.com/signalbox-io/signalbox/services/router/engine"
)

// marshal writes outputs as bytes that can be compared.
func marshal(tb tester, out []engine.Output) []byte {
	tb.Helper()
	var all []byte
	add := func(m proto.Message) {
		data, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
		require.NoError(tb, err)
		all = append(all, data...)
	}
	for _, o := range out {
		add(o.Decision)
		add(o.Lease)
		for _, a := range o.Actions {
			add(a)
		}
	}
	return all
}

const everyAction = `
rules:
  - name: one
    mode: auto
    on: [anomaly]
    key: [event.entity, anomaly.alert_id]
    do:
      - pause_alert: {source: anodot-prod, alert_id: "${anomaly.alert_id}", for: 6h}
      - create_watcher: {source: anomify-prod, name: "bots on ${event.entity}", chips: ["${anomaly.metric}", all], alert: true}
      - publish: {subject: "bots.${event.entity}", fields: {score: "${anomaly.score}", comment: "${event.title}"}}
`

func TestActions_AreComplete(t *testing.T) {
	t.Parallel()
	set := load(t, everyAction)
	e := engine.New(set, hourLate())
	ev := anomaly("a", "10:00", seen("10:05"), entity("shop"))
	out := e.Event(engine.Input{Event: ev, Sequence: 7, Time: at("10:06")})
	require.Len(t, out, 1)
	d, actions := out[0].Decision, out[0].Actions
	require.Len(t, actions, 3)
	until := timestamppb.New(at("16:05"))
	watcher := actions[1].GetCreateWatcher().GetName()
	require.Regexp(t, `^bots on shop \[sb-[a-z2-7]{6}\]$`, watcher)
	base := func(index int, typ, src, target string) *actionv1.Action {
		return &actionv1.Action{
			Id: actions[index].GetId(), Type: typ, Rule: "one", RuleSet: set.Version(), DecisionId: d.GetId(), EventId: "a",
			Key: []string{"shop", "17"}, Source: src, Target: target, State: actionv1.State_STATE_PENDING,
			CreatedAt: timestamppb.New(at("10:06")), UpdatedAt: timestamppb.New(at("10:06")), EventTime: timestamppb.New(at("10:00")),
			EventSequence: 7, EventSource: "anodot-prod", EventEntity: "shop",
		}
	}
	pause := base(0, "pause_alert", "anodot-prod", "alert:17")
	pause.ExpiresAt = until
	pause.Operation = &actionv1.Action_PauseAlert{PauseAlert: &actionv1.PauseAlert{
		AlertId: "17", For: durationpb.New(6 * 3600e9), Until: until,
	}}
	create := base(1, "create_watcher", "anomify-prod", "watcher:"+watcher)
	create.Operation = &actionv1.Action_CreateWatcher{CreateWatcher: &actionv1.CreateWatcher{
		Name: watcher, Chips: []string{"cpu", "all"}, Alert: true,
	}}
	publish := base(2, "publish", "signalbox", "subject:bots.shop")
	publish.Operation = &actionv1.Action_Publish{Publish: &actionv1.Publish{
		Subject: "bots.shop", Fields: map[string]string{"score": "1", "comment": ""},
	}}
	require.Empty(t, cmp.Diff([]*actionv1.Action{pause, create, publish}, actions, protocmp.Transform()))
	require.Empty(t, cmp.Diff(&decisionv1.Decision{
		Id: d.GetId(), Rule: "one", RuleSet: set.Version(), Outcome: decisionv1.Outcome_OUTCOME_FIRED, EventId: "a",
		Key: []string{"shop", "17"}, Time: timestamppb.New(at("10:00")), Source: "anodot-prod", Entity: "shop", Sequence: 7,
		Actions: []*decisionv1.ActionRef{
			{Id: pause.GetId(), Type: "pause_alert", Target: "alert:17", Until: until},
			{Id: create.GetId(), Type: "create_watcher", Target: "watcher:" + watcher},
			{Id: publish.GetId(), Type: "publish", Target: "subject:bots.shop"},
		},
	}, d, protocmp.Transform()))
	for _, a := range actions {
		require.Regexp(t, `^[a-z2-7]{26}$`, a.GetId())
		_, err := protojson.Marshal(a)
		require.NoError(t, err)
	}
}

const otherActions = `
rules:
  - name: one
    mode: auto
    on: [anomaly]
    do:
      - resume_alert: {source: anodot-prod, alert_id: "${anomaly.alert_id}"}
      - create_alert:
          source: anodot-prod
          title: "noise of ${event.entity}"
          configuration: {owner: "on call of ${event.entity}", empty: "", limit: 3, live: true, none: null, nested: [{text: "${anomaly.metric}"}], bare: {}, few: []}
      - update_alert: {source: anodot-prod, alert_id: "17", configuration: {live: false}}
      - delete_alert: {source: anodot-prod, alert_id: "17"}
      - pause_stream: {source: anodot-prod, stream_id: "s1", for: 1h}
      - resume_stream: {source: anodot-prod, stream_id: "s1"}
      - send_metrics: {source: anodot-prod, properties: {what: score, of: "${event.entity}"}, value: "${anomaly.score * 2.0}"}
      - send_metrics: {source: anodot-prod, properties: {what: one}, value: 1.5, target_type: counter, timestamp: "2026-01-01T00:00:00Z"}
      - update_watcher: {source: anomify-prod, watcher_id: w, chips: [a, b], alert: false}
      - update_watcher: {source: anomify-prod, watcher_id: w, name: n}
      - delete_watcher: {source: anomify-prod, watcher_id: w}
      - undelete_watcher: {source: anomify-prod, watcher_id: w}
      - train_anomaly: {source: anomify-prod, anomaly_id: "5", label: "${event.title}"}
      - add_exclusion: {source: anomify-prod, type: metric, value: "${anomaly.metric}", for: 2h}
      - delete_exclusion: {source: anomify-prod, exclusion_id: "9"}
      - disable_pattern: {source: anomify-prod, pattern_id: "3"}
`

const mailAction = "rules:\n  - name: one\n    mode: auto\n    on: [anomaly]\n    do: [{mail_report: {source: reporter, report: weekly, form: {to: \"${event.entity}\", cc: ''}}}]\n"

// operations returns the operation of each action as JSON, behind its source and
// target.
func operations(t *testing.T, actions []*actionv1.Action) []string {
	t.Helper()
	lines := make([]string, 0, len(actions))
	for _, a := range actions {
		m := a.ProtoReflect()
		fd := m.WhichOneof(m.Descriptor().Oneofs().ByName("operation"))
		require.Equal(t, a.GetType(), string(fd.Name()))
		data, err := protojson.Marshal(m.Get(fd).Message().Interface())
		require.NoError(t, err)
		var plain any
		require.NoError(t, json.Unmarshal(data, &plain))
		data, err = json.Marshal(plain)
		require.NoError(t, err)
		lines = append(lines, a.GetSource()+" "+a.GetTarget()+" "+string(data))
	}
	return lines
}

func TestActions_OfEveryOtherType(t *testing.T) {
	t.Parallel()
	ev := anomaly("a", "10:00", seen("10:05"), entity("shop"))
	fire := func(text string) []*actionv1.Action {
		out := engine.New(load(t, text), hourLate()).Event(stored(ev)[0])
		require.Equal(t, "FIRED", outcome(out[0].Decision), out[0].Decision.GetDetail())
		return out[0].Actions
	}
	actions := fire(otherActions)
	title := actions[1].GetCreateAlert().GetTitle()
	require.Regexp(t, `^noise of shop \[sb-[a-z2-7]{6}\]$`, title)
	require.Equal(t, []string{
		`anodot-prod alert:17 {"alertId":"17"}`,
		`anodot-prod alert:` + title + ` {"configuration":{"bare":{},"empty":"","few":[],"limit":3,"live":true,"nested":[{"text":"cpu"}],"none":null,"owner":"on call of shop"},"title":"` + title + `"}`,
		`anodot-prod alert:17 {"alertId":"17","configuration":{"live":false}}`,
		`anodot-prod alert:17 {"alertId":"17"}`,
		`anodot-prod stream:s1 {"for":"3600s","streamId":"s1","until":"2026-01-05T11:05:00Z"}`,
		`anodot-prod stream:s1 {"streamId":"s1"}`,
		`anodot-prod metric:score {"properties":{"of":"shop","what":"score"},"targetType":"gauge","timestamp":"2026-01-05T10:00:00Z","value":2}`,
		`anodot-prod metric:one {"properties":{"what":"one"},"targetType":"counter","timestamp":"2026-01-01T00:00:00Z","value":1.5}`,
		`anomify-prod watcher:w {"alert":false,"chips":["a","b"],"watcherId":"w"}`,
		`anomify-prod watcher:w {"name":"n","watcherId":"w"}`,
		`anomify-prod watcher:w {"watcherId":"w"}`,
		`anomify-prod watcher:w {"watcherId":"w"}`,
		`anomify-prod anomaly:5 {"anomalyId":"5"}`,
		`anomify-prod exclusion:cpu {"for":"7200s","type":"metric","until":"2026-01-05T12:05:00Z","value":"cpu"}`,
		`anomify-prod exclusion:9 {"exclusionId":"9"}`,
		`anomify-prod pattern:3 {"patternId":"3"}`,
	}, operations(t, actions))
	require.Equal(t, at("11:05"), actions[4].GetExpiresAt().AsTime())
	require.Equal(t, at("12:05"), actions[13].GetExpiresAt().AsTime())
	require.Nil(t, actions[8].GetExpiresAt())
	require.Equal(t, []string{`reporter report:weekly {"form":{"cc":"","to":"shop"},"report":"weekly"}`}, operations(t, fire(mailAction)))
}

// Two firings share nothing that one of them may change.
func TestActions_DoNotShareValues(t *testing.T) {
	t.Parallel()
	e := engine.New(load(t, otherActions), hourLate())
	first := e.Event(stored(anomaly("a", "10:00"))[0])[0].Actions[7].GetSendMetrics()
	first.Timestamp.Seconds = 0
	second := e.Event(stored(anomaly("b", "10:01"))[0])[0].Actions[7].GetSendMetrics()
	require.Equal(t, "2026-01-01T00:00:00Z", second.GetTimestamp().AsTime().Format(time.RFC3339))
}

// A suggested action has no end before somebody approved it.
func TestActions_WaitForApproval(t *testing.T) {
	t.Parallel()
	text := strings.Replace(everyAction, "mode: auto", "mode: suggest\n    approve_within: 3h", 1)
	out := engine.New(load(t, text), hourLate()).Event(engine.Input{
		Event: anomaly("a", "10:00", seen("10:05"), entity("shop")), Sequence: 7, Time: at("10:06"),
	})
	require.Len(t, out[0].Actions, 3)
	for i, a := range out[0].Actions {
		require.Equal(t, actionv1.State_STATE_AWAITING_APPROVAL, a.GetState())
		require.Equal(t, at("13:06"), a.GetExpiresAt().AsTime())
		require.Nil(t, out[0].Decision.GetActions()[i].GetUntil())
	}
	require.Nil(t, out[0].Actions[0].GetPauseAlert().GetUntil())
	require.Equal(t, 6*time.Hour, out[0].Actions[0].GetPauseAlert().GetFor().AsDuration())
}

func TestActions_LeaseWithoutArrivalStartsAtTheEvent(t *testing.T) {
	t.Parallel()
	out := engine.New(load(t, everyAction), hourLate()).Event(stored(anomaly("a", "10:00", entity("shop")))[0])
	require.Equal(t, at("16:00"), out[0].Actions[0].GetPauseAlert().GetUntil().AsTime())
	require.Equal(t, at("16:00"), out[0].Actions[0].GetExpiresAt().AsTime())
}

func TestActions_Identity(t *testing.T) {
	t.Parallel()
	fire := func(rules, id, clock, what string) []*actionv1.Action {
		out := engine.New(load(t, rules), hourLate()).Event(stored(anomaly(id, clock, entity(what)))[0])
		return out[0].Actions
	}
	first := fire(everyAction, "a", "10:00", "shop")
	ids := func(actions []*actionv1.Action) []string {
		return []string{actions[0].GetId(), actions[1].GetId(), actions[2].GetId()}
	}
	require.NotEqual(t, first[0].GetId(), first[1].GetId())
	require.Equal(t, ids(first), ids(fire(strings.Replace(everyAction, "6h", "7h", 1), "a", "10:00", "shop")), "of another rule set")
	other := fire(everyAction, "b", "11:00", "shop")
	require.NotEqual(t, first[0].GetId(), other[0].GetId(), "another event")
	require.Equal(t, first[1].GetTarget(), other[1].GetTarget(), "the same watcher")
	require.NotEqual(t, first[1].GetTarget(), strings.Replace(fire(everyAction, "a", "10:00", "blog")[1].GetTarget(), "blog", "shop", 1), "another key")
	renamed := fire(strings.Replace(everyAction, "name: one", "name: two", 1), "a", "10:00", "shop")
	require.NotEqual(t, first[1].GetTarget(), renamed[1].GetTarget(), "another rule")
}

func TestActions_KeyPartsDoNotRunTogether(t *testing.T) {
	t.Parallel()
	set := load(t, "rules:\n  - name: one\n    mode: auto\n    on: [anomaly]\n    key: [event.entity, event.title]\n    do: [{create_watcher: {source: anomify-prod, name: w, chips: [c]}}]\n")
	target := func(e, title string) string {
		ev := anomaly("a", "10:00", entity(e))
		ev.Title = title
		return engine.New(set, hourLate()).Event(stored(ev)[0])[0].Actions[0].GetTarget()
	}
	require.NotEqual(t, target("a\x00b", "c"), target("a", "b\x00c"))
	require.NotEqual(t, target("ab", ""), target("", "ab"))
}

func TestActions_Shadow(t *testing.T) {
	t.Parallel()
	shadow := strings.Replace(everyAction, "mode: auto", "mode: shadow", 1)
	out := engine.New(load(t, shadow), hourLate()).Event(stored(anomaly("a", "10:00", entity("shop")))[0])
	require.Equal(t, "SHADOW", outcome(out[0].Decision))
	require.Empty(t, out[0].Actions)
	require.Len(t, out[0].Decision.GetActions(), 3)
	require.Equal(t, at("16:00"), out[0].Decision.GetActions()[0].GetUntil().AsTime())
}

func TestActions_ATextThatFailsKeepsTheRuleFromFiring(t *testing.T) {
	t.Parallel()
	broken := "\ndo:\n  - publish: {subject: s}\n  - pause_alert: {source: anodot-prod, alert_id: \"${labels.alert}\", for: 1h}"
	tell(t, []story{
		{
			name:   "an absent value is an error, and all actions are left out",
			rule:   "on: [feedback]\ncooldown: 1h" + broken,
			events: list(feedback("a", "10:00"), feedback("b", "10:01", label("alert", "")), feedback("c", "10:02", label("alert", "17")), feedback("d", "10:03")),
			want: []string{
				"a ERROR do[1].pause_alert.alert_id: ${labels.alert}: alert is absent: no value",
				"b ERROR do[1].pause_alert.alert_id: the text is empty",
				"c FIRED", "d HELD_COOLDOWN cooldown until 2026-01-05T11:02:00Z",
			},
		},
		{
			name:   "a value that is no number, and a place within a configuration",
			rule:   "on: [feedback]\ndo:\n  - send_metrics: {source: a, properties: {what: w}, value: \"${double(labels.n)}\"}\n  - update_alert: {source: a, alert_id: b, configuration: {c: [\"${labels.c}\"]}}",
			events: list(feedback("a", "10:00", label("n", "NaN")), feedback("b", "10:01"), feedback("c", "10:02", label("n", "1"))),
			want: []string{
				"a ERROR do[0].send_metrics.value: it is not a number",
				"b ERROR do[0].send_metrics.value: n is absent: no value",
				"c ERROR do[1].update_alert.configuration.c[0]: ${labels.c}: c is absent: no value",
			},
		},
		{
			name:   "nothing is consumed",
			rule:   "on: [feedback]\ncount: {at_least: 2, within: 1h, reset: true}" + broken,
			events: list(feedback("a", "10:00"), feedback("b", "10:01"), feedback("c", "10:02", label("alert", "17"))),
			want: []string{
				"a HELD_COUNT count 1 of 2",
				"b ERROR do[1].pause_alert.alert_id: ${labels.alert}: alert is absent: no value",
				"c FIRED count 3 of 2",
			},
		},
		{
			name:   "in shadow as well",
			rule:   "on: [feedback]\nmode: shadow" + broken,
			events: list(feedback("a", "10:00")),
			want:   []string{"a ERROR do[1].pause_alert.alert_id: ${labels.alert}: alert is absent: no value"},
		},
	})
}

func TestDecision_IDs(t *testing.T) {
	t.Parallel()
	text := ruleOf("on: [feedback]\ncooldown: 1h")
	decide := func(text, id string) string {
		return engine.New(load(t, text), hourLate()).Event(stored(feedback(id, "10:00"))[0])[0].Decision.GetId()
	}
	base := decide(text, "a")
	require.Regexp(t, `^[a-z2-7]{26}$`, base)
	require.Equal(t, base, decide(text, "a"))
	require.NotEqual(t, base, decide(text, "b"), "another event")
	require.NotEqual(t, base, decide(strings.Replace(text, "1h", "2h", 1), "a"), "another rule set")
	require.NotEqual(t, base, decide(strings.Replace(text, "auto", "shadow", 1), "a"), "another outcome")
}
