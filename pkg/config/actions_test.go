package config_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/config"
)

func TestParse_ReadsHowActionsAreCarriedOut(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]config.Actions{
		"{}":                   {GiveUpAfter: 15 * time.Minute, GiveUpOthersAfter: 24 * time.Hour},
		"{give_up_after: 10s}": {GiveUpAfter: 10 * time.Second, GiveUpOthersAfter: 24 * time.Hour},
		"{give_up_after: 2h, give_up_others_after: 3d}": {GiveUpAfter: 2 * time.Hour, GiveUpOthersAfter: 72 * time.Hour},
	} {
		cfg, err := config.Parse("f.yaml", []byte(minimal+"actions: "+text), t.TempDir(), environment("ANALYTICS_KEY", "x"))
		require.NoError(t, err, text)
		require.Equal(t, want, cfg.Actions, text)
	}
}

func TestParse_SaysWhereActionsAreGivenUpTooSoon(t *testing.T) {
	t.Parallel()
	text := "actions:\n  give_up_after: 9s\n  give_up_others_after: 0s\n" + minimal
	_, err := config.Parse("f.yaml", []byte(text), t.TempDir(), environment("ANALYTICS_KEY", "x"))
	require.ErrorContains(t, err, "f.yaml:2:18: actions.give_up_after: 9s is below 10s, which leaves no time for a second attempt; raise it")
	require.ErrorContains(t, err, "f.yaml:3:25: actions.give_up_others_after: 0s is not longer than nothing; the default is")
}
