package health_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/health"
)

func TestReport_Readiness(t *testing.T) {
	t.Parallel()
	type component struct {
		name   string
		kind   health.Kind
		failed string
		ok     bool
	}
	ok := func(name string, kind health.Kind) component { return component{name: name, kind: kind, ok: true} }
	failed := func(name string, kind health.Kind) component {
		return component{name: name, kind: kind, failed: "Token Mismatch"}
	}
	starting := func(name string, kind health.Kind) component { return component{name: name, kind: kind} }
	for name, test := range map[string]struct {
		components []component
		ready      bool
		reason     string
	}{
		"nothing to do":         {ready: true},
		"all work":              {components: []component{ok("nats", health.KindBus), ok("a", health.KindSource)}, ready: true},
		"bus down":              {components: []component{failed("nats", health.KindBus), ok("a", health.KindSource)}, reason: "bus nats is failing (Token Mismatch)"},
		"service starting":      {components: []component{starting("router", health.KindService)}, reason: "service router is starting"},
		"one source of two":     {components: []component{ok("a", health.KindSource), failed("b", health.KindSource)}, ready: true},
		"no source works":       {components: []component{failed("a", health.KindSource), starting("b", health.KindSource)}, reason: "no source works: source a is failing (Token Mismatch); source b is starting"},
		"a source of two minds": {components: []component{ok("a/poller", health.KindSource), failed("a/adapter", health.KindSource)}, reason: "no source works: source a is failing (adapter: Token Mismatch)"},
		"the other way round":   {components: []component{failed("a/adapter", health.KindSource), ok("a/poller", health.KindSource)}, reason: "no source works: source a is failing (adapter: Token Mismatch)"},
		"one that begins":       {components: []component{ok("a/adapter", health.KindSource), starting("a/poller", health.KindSource)}, reason: "no source works: source a is starting"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			registry := health.New()
			for _, c := range test.components {
				name, part, _ := strings.Cut(c.name, "/")
				component := registry.Part(name, c.kind, part)
				if c.ok {
					component.OK()
				}
				if c.failed != "" {
					component.Fail(c.failed)
				}
			}
			report := registry.Report()
			require.Equal(t, test.ready, report.Ready)
			require.Equal(t, test.reason, report.Reason)
		})
	}
}

func TestReport_ShowsASourceOnceWithItsParts(t *testing.T) {
	t.Parallel()
	registry := health.New()
	poller := registry.Part("source/a", health.KindSource, "poller")
	adapter := registry.Part("source/a", health.KindSource, "adapter")
	registry.Component("source/b", health.KindSource).OK()
	adapter.OK()
	poller.Fail("waiting for the bus")
	report := registry.Report()
	require.Len(t, report.Components, 2)
	a := report.Components[0]
	require.Equal(t, "source/a", a.Name)
	require.Equal(t, health.StateFailing, a.State)
	require.Equal(t, "poller: waiting for the bus", a.Reason)
	require.Len(t, a.Parts, 2)
	require.Equal(t, "adapter", a.Parts[0].Name)
	require.Equal(t, health.StateOK, a.Parts[0].State)
	require.Equal(t, "waiting for the bus", a.Parts[1].Reason)
	require.Equal(t, a.Parts[1].Since, a.Since)
	require.Empty(t, report.Components[1].Parts)
	poller.OK()
	require.Equal(t, health.StateOK, registry.Report().Components[0].State)
}

func TestFail_KeepsOneShortLineAndTheTimeItBegan(t *testing.T) {
	t.Parallel()
	registry := health.New()
	component := registry.Component("a", health.KindSource)
	component.Fail("<html>\n\t<body>" + strings.Repeat("ü", 1000))
	first := registry.Report().Components[0]
	require.NotContains(t, first.Reason, "\n")
	require.Len(t, []rune(first.Reason), 301)

	component.Fail("still")
	require.Equal(t, first.Since, registry.Report().Components[0].Since)
	component.OK()
	require.Empty(t, registry.Report().Components[0].Reason)
}

func TestChanged_WakesOncePerChange(t *testing.T) {
	t.Parallel()
	registry := health.New()
	component := registry.Component("router", health.KindService)

	changed := registry.Changed()
	component.OK()
	<-changed

	changed = registry.Changed()
	component.OK()
	select {
	case <-changed:
		t.Fatal("saying the same again is no change")
	default:
	}
}

func TestStop_IsNotReadyForGood(t *testing.T) {
	t.Parallel()
	registry := health.New()
	component := registry.Component("router", health.KindService)
	component.OK()
	registry.Stop()
	registry.Stop()
	component.Fail("x")
	component.OK()
	require.False(t, registry.Report().Ready)
	require.Equal(t, "the process is stopping", registry.Report().Reason)
}

func TestNote_IsShownBesideTheStateAndDoesNotBearOnIt(t *testing.T) {
	t.Parallel()
	registry := health.New()
	component := registry.Component("router", health.KindService)
	component.OK()
	changed := registry.Changed()
	component.Note("rule set\nabc")
	<-changed
	report := registry.Report()
	require.True(t, report.Ready)
	require.Equal(t, "rule set abc", report.Components[0].Note)
	component.Fail("the bus is away")
	require.Equal(t, "rule set abc", registry.Report().Components[0].Note)
	require.Equal(t, "service router is failing (the bus is away)", registry.Report().Reason)
}
