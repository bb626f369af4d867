package demo

import (
	"testing"

	"github.com/stretchr/testify/require"

	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	"github.com/signalbox-io/signalbox/services/cli/demo/verdict"
	"github.com/signalbox-io/signalbox/services/router"
	"github.com/signalbox-io/signalbox/services/router/rule"
	"github.com/signalbox-io/signalbox/services/simulator"
)

func TestLoadConfig_IsAConfigurationThatServeWouldTake(t *testing.T) {
	t.Parallel()
	nothing := func(string) (string, bool) { return "", false }
	dir := t.TempDir()
	cfg, err := loadConfig(dir, "127.0.0.1:4711", nothing)
	require.NoError(t, err)
	require.Empty(t, cfg.Warnings)
	require.Equal(t, dir+"/data", cfg.DataDir)
	vendors := map[eventv1.Vendor]string{}
	for _, source := range cfg.Sources {
		require.Contains(t, source.BaseURL, "http://127.0.0.1:4711/")
		require.False(t, source.RemoteAdapter)
		vendors[source.Vendor] = source.Credential.Reveal()
	}
	require.Equal(t, map[eventv1.Vendor]string{
		eventv1.Vendor_VENDOR_ANODOT: simulator.DefaultAnodotRefreshToken, eventv1.Vendor_VENDOR_ANOMIFY: simulator.DefaultAnomifyToken,
		eventv1.Vendor_VENDOR_ANURA: simulator.DefaultAnuraToken, eventv1.Vendor_VENDOR_ANALYTICS: simulator.DefaultAnalyticsKey,
		eventv1.Vendor_VENDOR_SECURE_REPORTER: simulator.DefaultSecureReporterToken,
	}, vendors)
	for _, address := range []string{cfg.GRPC.Address, cfg.HTTP.Address, cfg.NATS.Listen} {
		require.Equal(t, "127.0.0.1:0", address, "nothing that runs already is in the way")
	}
}

func TestLoadConfig_RulesAreThoseThatTheVerdictJudges(t *testing.T) {
	t.Parallel()
	cfg, err := loadConfig(t.TempDir(), "127.0.0.1:4711", func(string) (string, bool) { return "", false })
	require.NoError(t, err)
	set, err := router.LoadRules(cfg)
	require.NoError(t, err)
	modes := map[string]rule.Mode{}
	for _, one := range set.Rules() {
		modes[one.Name] = one.Mode
	}
	require.Equal(t, map[string]rule.Mode{verdict.RulePause: rule.Auto, verdict.RuleWatcher: rule.Auto, verdict.RuleShadow: rule.Shadow}, modes)
}
