package core_test

import (
	"flag"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/signalbox-io/signalbox/services/signalbox/torture/judge"
)

var (
	seeds = flag.Int("seeds", defaultSeeds, "how many seeds are played")
	only  = flag.Int("seed", 0, "the only seed that is played; 0 plays the first -seeds")
)

func TestCore_KeepsItsWordWhateverTheSeed(t *testing.T) {
	t.Parallel()
	first, last := 1, *seeds
	if *only != 0 {
		first, last = *only, *only
	}
	for seed := first; seed <= last; seed++ {
		t.Run(strconv.Itoa(seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, uint64(seed))
				w.play()
				faults := slices.Concat(w.verdict().Faults, w.faults, w.open())
				if len(faults) > 0 {
					t.Fatalf("%s\nwhat was done:\n%s\nrepeat it with: go test ./services/signalbox/torture/core -count=20 -args -seed %d",
						strings.Join(faults, "\n"), strings.Join(w.told(), "\n"), seed)
				}
			})
		})
	}
}

// play lets the story happen, with lives one after the other, and lets everything
// come to its end.
func (w *world) play() {
	began, beats := time.Now(), w.script()
	var happening sync.WaitGroup
	happening.Go(func() { w.happen(began, beats) })
	l := w.until(began.Add(span+lengths.Long+grace), w.begin())
	w.fates.end()
	for isNew := true; isNew; { // one that has just died has to begin once more
		n := len(w.outages)
		l = w.until(time.Now().Add(2*grace), l)
		isNew = len(w.outages) > n
	}
	l.end()
	happening.Wait()
}

// until lets time pass. A process that dies meanwhile is started again, also
// after that time: what happens meanwhile happens without it.
func (w *world) until(at time.Time, l *life) *life {
	for {
		timer := time.NewTimer(time.Until(at))
		select {
		case <-timer.C:
			return l
		case <-l.dead:
			timer.Stop()
		}
		since := time.Now()
		l.end()
		time.Sleep(w.downtime()) //nolint:forbidigo // in a bubble, for as long as the process is dead
		w.outages = append(w.outages, judge.Outage{From: since, To: time.Now()})
		l = w.begin()
	}
}
