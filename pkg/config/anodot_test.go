package config_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/config"
)

// parseAnodot parses a configuration of one Anodot account with the settings.
func parseAnodot(t *testing.T, settings string) (config.Anodot, error) {
	t.Helper()
	text := "sources:\n  - name: a\n    anodot: {" + settings + ", refresh_token: {value: refresh-me}}\n"
	cfg, err := config.Parse("f.yaml", []byte(text), t.TempDir(), environment("KEY", "collect-me"))
	if err != nil {
		return config.Anodot{}, err
	}
	return cfg.Sources[0].Anodot, nil
}

func TestAnodot_MetricsGoBesideTheAccountByDefault(t *testing.T) {
	t.Parallel()
	for settings, want := range map[string]string{
		`base_url: "https://app.anodot.com/"`:                                         "https://api.anodot.com",
		`base_url: "https://eu.anodot.com"`:                                           "https://eu.anodot.com",
		`base_url: "https://app.anodot.com", metrics_url: "https://metrics.example/"`: "https://metrics.example",
	} {
		got, err := parseAnodot(t, settings)
		require.NoError(t, err)
		require.Equal(t, config.Anodot{
			MetricsURL: want, FeedbackWindow: config.FeedbackInBody, TriggeredAlerts: config.TriggeredOff,
		}, got, settings)
	}
}

func TestAnodot_TakesWhatIsSet(t *testing.T) {
	t.Parallel()
	got, err := parseAnodot(t, `base_url: "https://eu.anodot.com", data_collection_key: {env: KEY}, `+
		`feedback_window: both, triggered_alerts: groups, anomalies: true`)
	require.NoError(t, err)
	require.Equal(t, "collect-me", got.DataCollectionKey.Reveal())
	require.Equal(t, config.FeedbackInBoth, got.FeedbackWindow)
	require.Equal(t, config.TriggeredGroups, got.TriggeredAlerts)
	require.True(t, got.Anomalies)
}

func TestAnodot_WordsThatAreNoneAreRefused(t *testing.T) {
	t.Parallel()
	for settings, says := range map[string]string{
		`feedback_window: url`:                `"url" is none of body, query, both`,
		`triggered_alerts: "on"`:              `"on" is none of off, lean, groups`,
		`metrics_url: "http://eu.anodot.com"`: "without https",
		`data_collection_key: {env: NOT_SET}`: "NOT_SET is not set",
	} {
		_, err := parseAnodot(t, `base_url: "https://eu.anodot.com", `+settings)
		require.ErrorContains(t, err, says)
	}
}
