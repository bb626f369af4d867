package soak_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/services/simulator"
	"github.com/signalbox-io/signalbox/services/simulator/fault"
)

const (
	// faultEvery is the time between the beginnings of two faults of a vendor.
	faultEvery = 12
	// longFault outlasts the overlap of polls, so that what a poll has taken for
	// nothing is not mended by the next.
	longFault, shortFault = 11 * time.Minute, 4 * time.Minute
)

// mischief sets faults and counts them by vendor and kind: one fault after the other, at all vendors, each of which begins
// with another kind.
type mischief struct {
	sim *simulator.Server
	set map[string]int
}

// minute sets the faults of a minute: one that hits each call for long, then
// one that hits every third for a while.
func (m *mischief) minute(t *testing.T, n int) {
	t.Helper()
	kinds := fault.Kinds()
	for i, vendor := range simulator.Vendors() {
		if (n+2*i)%faultEvery != 0 {
			continue
		}
		round := n / faultEvery
		f := fault.Fault{Vendor: vendor, Kind: kinds[(4*i+round)%len(kinds)], ForSeconds: int(longFault.Seconds())}
		if round%2 == 1 || changesTruth(f.Kind) {
			f.ForSeconds = int(shortFault.Seconds())
			f.Every = 3
		}
		if f.Kind == fault.ClockSkew {
			f.Every, f.SkewSeconds = 0, 90-180*(round%2)
		}
		require.NoError(t, m.sim.SetFault(f))
		m.set[vendor+" "+string(f.Kind)]++
	}
}

func (m *mischief) total() int {
	total := 0
	for _, n := range m.set {
		total += n
	}
	return total
}

func (m *mischief) kinds() int {
	kinds := map[string]bool{}
	for vendorAndKind := range m.set {
		_, kind, _ := strings.Cut(vendorAndKind, " ")
		kinds[kind] = true
	}
	return len(kinds)
}

// changesTruth reports whether a fault makes bad records, which are dead
// letters, of good ones. They are read again while the overlap holds them.
func changesTruth(kind fault.Kind) bool { return kind == fault.MapForArray || kind == fault.WrongTypes }
