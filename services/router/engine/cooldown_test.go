package engine_test

import "testing"

func TestCooldown(t *testing.T) {
	t.Parallel()
	hour := "on: [feedback]\ncooldown: 1h"
	tell(t, []story{
		{
			name:   "at exactly the end it fires",
			rule:   hour,
			events: list(feedback("a", "10:00"), feedback("b", "10:59:59.999999999"), feedback("c", "11:00")),
			want:   []string{"a FIRED", "b HELD_COOLDOWN cooldown until 2026-01-05T11:00:00Z", "c FIRED"},
		},
		{
			name:   "held events neither start nor extend it",
			rule:   hour,
			events: list(feedback("a", "10:00"), feedback("b", "10:30"), feedback("c", "10:45"), feedback("d", "11:00")),
			want:   []string{"a FIRED", "b HELD_COOLDOWN cooldown until 2026-01-05T11:00:00Z", "c HELD_COOLDOWN cooldown until 2026-01-05T11:00:00Z", "d FIRED"},
		},
		{
			name:   "each key by itself",
			rule:   hour,
			events: list(feedback("a", "10:00", entity("x")), feedback("b", "10:01", entity("y"))),
			want:   []string{"a FIRED", "b FIRED"},
		},
		{
			name:   "an instant has one firing",
			rule:   hour,
			events: list(feedback("a", "10:00"), feedback("b", "10:00")),
			want:   []string{"a FIRED", "b HELD_COOLDOWN cooldown until 2026-01-05T11:00:00Z"},
		},
		{
			name:   "an older event than the firing",
			rule:   hour,
			events: list(feedback("a", "10:00"), feedback("b", "09:00:00.000000001"), feedback("c", "09:00")),
			want:   []string{"a FIRED", "b HELD_COOLDOWN cooldown until 2026-01-05T11:00:00Z", "c FIRED"},
		},
		{
			name:   "every firing counts, not only the last",
			rule:   hour,
			events: list(feedback("a", "12:00"), feedback("b", "10:30"), feedback("c", "11:00"), feedback("d", "11:45"), feedback("e", "12:30"), feedback("f", "13:00")),
			want: []string{
				"a FIRED", "b FIRED", "c HELD_COOLDOWN cooldown until 2026-01-05T11:30:00Z",
				"d HELD_COOLDOWN cooldown until 2026-01-05T13:00:00Z", "e HELD_COOLDOWN cooldown until 2026-01-05T13:00:00Z", "f FIRED",
			},
		},
		{
			name:   "shadow starts it as auto does",
			rule:   hour + "\nmode: shadow",
			events: list(feedback("a", "10:00"), feedback("b", "10:30")),
			want:   []string{"a SHADOW", "b HELD_COOLDOWN cooldown until 2026-01-05T11:00:00Z"},
		},
		{
			name:   "without one every event fires",
			rule:   "on: [feedback]",
			events: list(feedback("a", "10:00"), feedback("b", "10:00")),
			want:   []string{"a FIRED", "b FIRED"},
		},
		{
			name:   "events that are held still enter the window",
			rule:   "on: [feedback]\ncount: {at_least: 3, within: 1h}\ncooldown: 30m",
			events: list(feedback("a", "10:00"), feedback("b", "10:01"), feedback("c", "10:02"), feedback("d", "10:03"), feedback("e", "10:32")),
			want: []string{
				"a HELD_COUNT count 1 of 3", "b HELD_COUNT count 2 of 3", "c FIRED count 3 of 3",
				"d HELD_COOLDOWN cooldown until 2026-01-05T10:32:00Z", "e FIRED count 5 of 3",
			},
		},
	})
}
