package engine

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/router/rule"
)

// counted counts the paused alerts of a source from what is known, one by one.
func counted(e *Engine, source string) int {
	paused := map[string]bool{}
	if known := e.budget.sources[source]; known != nil {
		for id, alert := range known.alerts {
			paused[alertPrefix+id] = alert.GetPaused()
		}
	}
	for _, l := range e.leases.active {
		if l.source == source && strings.HasPrefix(l.target, alertPrefix) {
			paused[l.target] = true
		}
	}
	for target := range e.budget.unresumed[source] {
		paused[target] = true
	}
	n := 0
	for _, isPaused := range paused {
		if isPaused {
			n++
		}
	}
	return n
}

func TestTally_IsWhatACountGives(t *testing.T) {
	t.Parallel()
	set, err := rule.Load([]rule.File{{Name: "none.yaml", Data: []byte("rules: []")}}, rule.Catalog{})
	require.NoError(t, err)
	settings := Settings{MaxLateness: time.Hour, Safety: &Safety{MaxPaused: Share{Number: 3}}}
	for seed := range uint64(200) {
		random := rand.New(rand.NewPCG(seed, 1))
		e := New(set, settings)
		now := time.Unix(0, 0).UTC()
		for step := range 200 {
			now = now.Add(time.Duration(random.IntN(600)) * time.Second)
			disturb(e, random, now, step)
			if random.IntN(20) == 0 {
				e = again(t, e, set, settings)
			}
			for _, source := range []string{"a", "b"} {
				require.Len(t, e.paused[source], counted(e, source), "seed %d, step %d", seed, step)
			}
		}
	}
}

func again(t *testing.T, e *Engine, set *rule.Set, settings Settings) *Engine {
	t.Helper()
	data, err := e.Snapshot()
	require.NoError(t, err)
	restored, err := Restore(set, settings, data)
	require.NoError(t, err)
	return restored
}

// disturb does one of the things that may change what is paused.
func disturb(e *Engine, random *rand.Rand, now time.Time, step int) {
	source, id := []string{"a", "b"}[random.IntN(2)], strconv.Itoa(random.IntN(5))
	target := []string{alertPrefix, "stream:"}[random.IntN(2)] + id
	take := func(in *routerv1.Input) {
		in.TakenAt = timestamppb.New(now)
		e.Take(in)
	}
	switch random.IntN(6) {
	case 0:
		take(&routerv1.Input{Content: &routerv1.Input_Inventory{Inventory: someInventory(source, random)}})
	case 1:
		take(&routerv1.Input{Content: &routerv1.Input_LeaseEnded{LeaseEnded: &routerv1.LeaseEnded{
			Source: source, Target: target, OnTime: random.IntN(2) == 0, ActionIds: holdersOf(e, source, target),
		}}})
	case 2:
		e.Advance(now)
		e.endLease(source, target, now)
	case 3:
		e.Advance(now)
		e.leaveLease(source, target, fmt.Sprint("action-", step-1))
	default:
		e.Advance(now)
		until := now.Add(time.Duration(random.IntN(3600)) * time.Second)
		e.takeLease(source, target, now, holder{rule: "r", action: fmt.Sprint("action-", step), until: until})
	}
}

func holdersOf(e *Engine, source, target string) (actions []string) {
	if l := e.leases.active[leaseKey(source, target)]; l != nil {
		for _, h := range l.holders {
			actions = append(actions, h.action)
		}
	}
	return actions
}

func someInventory(source string, random *rand.Rand) *routerv1.Inventory {
	in := &routerv1.Inventory{Source: source, Changes: random.IntN(2) == 0}
	for id := range 5 {
		switch random.IntN(3) {
		case 0:
			in.Alerts = append(in.Alerts, &routerv1.InventoryAlert{Id: strconv.Itoa(id), Paused: random.IntN(2) == 0})
		case 1:
			in.Gone = append(in.Gone, strconv.Itoa(id))
		}
	}
	if !in.GetChanges() {
		in.Gone = nil
	}
	return in
}
