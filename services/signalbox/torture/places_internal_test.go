package main

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/bus"
	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
)

// examples has a step for each place that a subject names, made as the product
// makes it.
func examples() steps {
	var s steps
	action := (&actionv1.Action{}).ProtoReflect().Descriptor().Oneofs().ByName("operation")
	for i := range action.Fields().Len() {
		for state := range actionv1.State_name {
			if state > 0 {
				name := string(action.Fields().Get(i).Name())
				s.writes = append(s.writes, bus.ActionSubject(&actionv1.Action{Source: "a", Type: name, State: actionv1.State(state)}))
			}
		}
	}
	for state := range actionv1.LeaseState_name {
		if state > 0 {
			s.writes = append(s.writes, bus.LeaseSubject(&actionv1.Lease{Source: "a", State: actionv1.LeaseState(state)}))
		}
	}
	input := &routerv1.Input{}
	for i := range input.ProtoReflect().Descriptor().Oneofs().ByName("content").Fields().Len() {
		one, field := (&routerv1.Input{}).ProtoReflect(), input.ProtoReflect().Descriptor().Oneofs().ByName("content").Fields().Get(i)
		one.Set(field, one.NewField(field))
		s.writes = append(s.writes, bus.InputSubject(one.Interface().(*routerv1.Input)))
	}
	return s
}

func TestSeen_ReportsAPlaceThatIsNeverHit(t *testing.T) {
	t.Parallel()
	all := examples()
	var whole seen
	whole.take(all)
	for _, place := range whole.missing() {
		require.NotRegexp(t, "^(action|state|lease|input) ", place, "the subjects of the product are understood")
	}
	for i, left := range all.writes {
		var s seen
		s.take(steps{writes: slices.DeleteFunc(slices.Clone(all.writes), func(w string) bool {
			return slices.ContainsFunc(placesOf(w), func(place string) bool { return place == placesOf(left)[0] })
		})})
		if place := placesOf(left)[0]; untried[place] == "" {
			require.Contains(t, s.missing(), place, i)
		}
	}
}

func TestPlaces_HaveEveryCallOfThePage(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../../docs/actions.md")
	require.NoError(t, err)
	_, table, _ := strings.Cut(string(page), "\n## What there is\n")
	table, _, _ = strings.Cut(table, "\n\nAn effect")
	named := map[string]bool{}
	for _, call := range regexp.MustCompile("`([A-Z][A-Za-z]+)`").FindAllStringSubmatch(table, -1) {
		named[call[1]] = true
		require.Contains(t, callPaths, call[1], "the harness does not know this call")
	}
	for call := range callPaths {
		require.True(t, named[call] || call == "ListAlerts", "no action makes the call %s any more", call)
	}
}

func TestUntried_ArePlaces(t *testing.T) {
	t.Parallel()
	for place, reason := range untried {
		require.Contains(t, places(), place)
		require.NotEmpty(t, reason)
	}
}
