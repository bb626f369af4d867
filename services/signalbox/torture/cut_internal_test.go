package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCutsOf_EnumeratesEveryKillOnce(t *testing.T) {
	t.Parallel()
	list, seen := cutsOf(3, 2), map[string]bool{}
	require.Len(t, list, 2*(3+2+2))
	for _, c := range list {
		require.False(t, seen[c.String()])
		seen[c.String()] = true
		again, err := parseCut(c.String())
		require.NoError(t, err)
		require.Equal(t, c, again)
	}
	require.True(t, seen["write:3:after:router"])
	require.True(t, seen["call:2:before:adapters"])
}

func TestParseCut_RefusesWhatIsNone(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "write", "write:0:before:router", "write:1:during:router", "write:1:before:adapters", "call:1:after:nobody", "read:1:after:router"} {
		_, err := parseCut(text)
		require.ErrorContains(t, err, "write:12:before:router", text)
	}
}

func TestSample_MissesNothingOverAllOffsets(t *testing.T) {
	t.Parallel()
	list, n := cutsOf(7, 3), 0
	for offset := range 4 {
		n += len(sample(list, 4, offset))
	}
	require.Equal(t, len(list), n)
}

func TestKindOf_LeavesIDsOut(t *testing.T) {
	t.Parallel()
	for subject, kind := range map[string]string{
		"$KV.SIGNALBOX_LEDGER.abc":                         "$KV.SIGNALBOX_LEDGER",
		"$JS.API.STREAM.CREATE.KV_X":                       "stream or bucket created",
		"signalbox.action.anodot-prod.pause_alert.pending": "signalbox.action….pending",
		"POST /anodot/api/v2/alerts/a1/pause":              "POST /anodot/api/v2/alerts/*/pause",
		"signalbox.decision.quiet.fired":                   "signalbox.decision….fired",
		"$O.SIGNALBOX_SNAPSHOTS.C.kNvXzQ3Yc9xO4dF1uJw2aB":  "$O.SIGNALBOX_SNAPSHOTS",
	} {
		require.Equal(t, kind, kindOf(subject))
	}
}
