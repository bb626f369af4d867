package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCutsOf_EnumeratesEveryCutOnce(t *testing.T) {
	t.Parallel()
	list, seen := cutsOf("timed", steps{writes: make([]string, 5), startWrites: 2, calls: []string{"GET /a", "GET /a", "POST /a"}, startCalls: 1}), map[string]bool{}
	require.Len(t, list, 3*2+2+4+3)
	for _, c := range list {
		require.False(t, seen[c.String()])
		seen[c.String()] = true
		again, err := parseCut(c.String())
		require.NoError(t, err)
		require.Equal(t, c, again)
	}
	for _, one := range []string{
		"timed:write:3:before:router", "timed:write:5:after:router", "timed:call:3:after:adapters", "timed:call:2:before:router", "timed:call:3:500:vendor",
		"timed:call:3:reset:vendor", "timed:call:3:stall:vendor",
	} {
		require.True(t, seen[one], one)
	}
	require.False(t, seen["timed:write:2:after:router"], "that was before the story")
	require.False(t, seen["timed:call:2:500:vendor"], "that changes nothing at the vendor")
}

func TestParseCut_RefusesWhatIsNone(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "write", "write:1:before:router", "x:write:0:before:router", "x:write:1:during:router", "x:write:1:before:adapters", "x:call:1:after:nobody",
		"x:read:1:after:router", "x:call:1:after:vendor", "x:write:1:500:vendor",
	} {
		_, err := parseCut(text)
		require.ErrorContains(t, err, "leases:write:12:before:router", text)
	}
}

func TestSample_MissesNothingOverAllOffsets(t *testing.T) {
	t.Parallel()
	list, n := cutsOf("timed", steps{writes: make([]string, 7), calls: make([]string, 3)}), 0
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
