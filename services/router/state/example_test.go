package state_test

import (
	"fmt"
	"time"

	"github.com/signalbox-io/signalbox/services/router/state"
)

// A window of an hour counts the votes of an alert.
func ExampleTable() {
	votes := state.NewTable(1+24, 1_000_000)
	alert := state.KeyOf("anodot-prod", "alert-17")
	at := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	for i, minute := range []int{0, 25, 60} {
		now := at.Add(time.Duration(minute) * time.Minute)
		hour := now.Unix() / 3600
		votes.Tick(hour)
		votes.Add(alert, now, fmt.Sprint("vote-", i), hour)
		r := votes.Run(alert)
		window := r.Slice(r.Until(now.Add(-time.Hour)), r.Until(now))
		fmt.Println(window.Len(), "since", window.Entry(0).ID)
	}
	// Output:
	// 1 since vote-0
	// 2 since vote-0
	// 2 since vote-1
}
