package main

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/services/signalbox/torture/judge"
)

func TestReport_FailsOnOneFault(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	h := &harness{out: &out}
	clean := row{part: "steps", faults: map[string]int{"router killed": 2}, Verdict: judge.Verdict{Due: 8}, recoveries: []time.Duration{time.Second, 3 * time.Second}}
	require.NoError(t, h.report([]row{clean}))
	require.Contains(t, out.String(), "router killed: 2")
	broken := row{part: "chaos", Verdict: judge.Verdict{Due: 1, Missing: 1, Faults: []string{"missing: pause"}}}
	require.ErrorIs(t, h.report([]row{clean, broken}), errFaults)
}

func TestShare_OfDurations(t *testing.T) {
	t.Parallel()
	require.Zero(t, share(nil, 0.5))
	list := []time.Duration{3, 1, 2}
	require.Equal(t, time.Duration(2), share(list, 0.5))
	require.Equal(t, time.Duration(3), share(list, 1))
}
