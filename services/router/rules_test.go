package router_test

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/config"
	"github.com/signalbox-io/signalbox/pkg/event"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	"github.com/signalbox-io/signalbox/services/router"
	"github.com/signalbox-io/signalbox/services/router/rule"
)

func TestLoadRules_ReportsEverythingAtOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	good := write("good.yaml", demoRules)
	sources := []config.Source{
		{Name: "anodot-prod", Vendor: eventv1.Vendor_VENDOR_ANODOT},
		{Name: "anomify-prod", Vendor: eventv1.Vendor_VENDOR_ANOMIFY},
	}
	set, err := router.LoadRules(config.Config{Rules: []string{good}, Sources: sources})
	require.NoError(t, err)
	require.Len(t, set.Rules(), 3)

	_, err = router.LoadRules(config.Config{Rules: []string{good}, Sources: sources[1:]})
	var faults rule.Errors
	require.ErrorAs(t, err, &faults)
	require.Len(t, faults, 2, "both pauses act on a source that is not there")

	long := write("long.yaml", strings.Repeat("#", rule.MaxFileBytes+1))
	_, err = router.LoadRules(config.Config{Rules: []string{filepath.Join(dir, "missing.yaml"), long}})
	require.ErrorIs(t, err, os.ErrNotExist)
	require.ErrorContains(t, err, long)

	// The bus keeps the names with the rules, and takes nothing but text.
	_, err = router.LoadRules(config.Config{Rules: []string{write("\xff.yaml", "rules: []")}})
	require.ErrorContains(t, err, "UTF-8")

	set, err = router.LoadRules(config.Config{})
	require.NoError(t, err)
	require.Empty(t, set.Rules())
}

func TestNew_WarnsOfASetWithoutRules(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"rules: []\n": "there is no rule", everyAnomaly: ""} {
		r := newRig(t, text)
		rules, err := router.LoadRules(r.config)
		require.NoError(t, err)
		var log strings.Builder
		opts := r.options(r.bus)
		opts.Logger = slog.New(slog.NewTextHandler(&log, nil))
		_, err = router.New(opts, rules)
		require.NoError(t, err)
		require.Contains(t, log.String(), want)
		require.Equal(t, want != "", strings.Contains(log.String(), "WARN"))
	}
}

func TestSettings_WaitsForTheSlowestPoll(t *testing.T) {
	t.Parallel()
	source := func(vendor eventv1.Vendor, every time.Duration, kinds ...string) config.Source {
		s := config.Source{Vendor: vendor, Poll: config.Poll{Every: every}}
		for _, kind := range kinds {
			s.Reports = append(s.Reports, config.Report{Event: config.ReportEvent{Kind: kind}})
		}
		return s
	}
	settings := router.Settings(config.Config{
		Engine: config.Engine{MaxLateness: 2 * time.Hour},
		Sources: []config.Source{
			source(eventv1.Vendor_VENDOR_ANODOT, 20*time.Second),
			source(eventv1.Vendor_VENDOR_ANOMIFY, 10*time.Second),
			source(eventv1.Vendor_VENDOR_ANALYTICS, time.Minute),
			source(eventv1.Vendor_VENDOR_ANURA, 10*time.Minute),
			source(eventv1.Vendor_VENDOR_SECURE_REPORTER, 5*time.Minute, "anomaly", "traffic"),
		},
	})
	require.Equal(t, 2*time.Hour, settings.MaxLateness)
	require.Equal(t, map[event.Kind]time.Duration{
		event.KindFeedback: 23 * time.Second,
		event.KindAnomaly:  5*time.Minute + 31*time.Second,
		event.KindTraffic:  11*time.Minute + time.Second,
	}, settings.Wait)
}

func TestSettings_WaitsForAnAnodotAccountThatIsPolledForAnomalies(t *testing.T) {
	t.Parallel()
	wait := func(account config.Anodot) map[event.Kind]time.Duration {
		return router.Settings(config.Config{Sources: []config.Source{
			{Vendor: eventv1.Vendor_VENDOR_ANODOT, Poll: config.Poll{Every: 20 * time.Second}, Anodot: account},
		}}).Wait
	}
	both := map[event.Kind]time.Duration{event.KindFeedback: 23 * time.Second, event.KindAnomaly: 23 * time.Second}
	require.Equal(t, map[event.Kind]time.Duration{event.KindFeedback: 23 * time.Second}, wait(config.Anodot{TriggeredAlerts: config.TriggeredOff}))
	require.Equal(t, both, wait(config.Anodot{TriggeredAlerts: config.TriggeredGroups}))
	require.Equal(t, both, wait(config.Anodot{Anomalies: true}))
}
