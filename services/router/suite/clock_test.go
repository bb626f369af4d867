package suite_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/services/router/suite"
)

const timed = `rules:
  - {name: one, mode: shadow, on: [feedback], do: [{pause_alert: {source: a, alert_id: "1", for: 1h}}]}
day: 2026-03-28
time_zone: Europe/Berlin
tests:
  - name: times
    steps:
      - {now: "08:00"}
      - {id: a, AT, feedback: {}}
    expect:
      decisions:
        - {event: a, outcome: SHADOW, time: "TIME"}
`

// The clock changes in the night after the day of the suite.
func TestLoad_ReadsTimes(t *testing.T) {
	t.Parallel()
	for written, want := range map[string]string{
		`at: "09:00"`:                  "2026-03-28T08:00:00Z",
		`at: 09:00:01.5`:               "2026-03-28T08:00:01.5Z",
		`at: "1d 09:00"`:               "2026-03-29T07:00:00Z",
		`at: "1d 02:30"`:               "2026-03-29T01:30:00Z",
		`at: "-1d 23:59"`:              "2026-03-27T22:59:00Z",
		`at: "400d 00:00"`:             "2027-05-01T22:00:00Z",
		`at: 2026-10-25 03:00`:         "2026-10-25T02:00:00Z",
		`at: 2026-03-28T09:00:00.001Z`: "2026-03-28T09:00:00.001Z",
		`at: +5m`:                      "2026-03-28T07:05:00Z",
		`at: +1d1h`:                    "2026-03-29T08:00:00Z",
		`seen: +10m`:                   "2026-03-28T07:00:00Z",
		`occurred_at: "09:00"`:         "2026-03-28T08:00:00Z",
		`occurredAt: "09:00", seen: 9999-12-31T23:59:59Z`: "",
	} {
		content := strings.NewReplacer("AT", written, `"TIME"`, `"`+want+`"`).Replace(timed)
		if want == "" {
			content = strings.Replace(content, `{event: a, outcome: SHADOW, time: ""}`, "{event: a, outcome: LATE}", 1)
		}
		result := suite.Run(loadText(t, content, suite.Options{}), suite.RunOptions{})
		require.Zero(t, result.Failures(), written+text(t, result))
	}
}

func TestLoad_RefusesTimes(t *testing.T) {
	t.Parallel()
	for _, written := range []string{
		`24:00`, `9:00`, `09:60`, `1d`, `999999d 09:00`, `+x`, `+-5m`, `2026-02-30 09:00`, `10000-01-01T00:00:00Z`, `""`, `[]`,
	} {
		_, err := suite.Load(file("a_test.yaml", strings.NewReplacer("AT", "at: "+written, "TIME", "09:00").Replace(timed)),
			readNothing, suite.Options{})
		require.ErrorContains(t, err, "at: expected a time such as", written)
	}
}

func TestRun_TimeGoesBackOnlyWhereTheStepSaysSo(t *testing.T) {
	t.Parallel()
	const content = `rules:
  - {name: one, mode: auto, on: [feedback], do: [{pause_alert: {source: a, alert_id: "1", for: 20d}}]}
settings: {max_lateness: 30d}
tests:
  - name: times
    steps:
      - {now: "5d 08:00"}
      - {id: a, at: "09:00", STORED feedback: {}}
      - {id: b, at: "6d 09:00", seen: +1m, feedback: {}}
    expect:
      leases:
        - {target: "alert:1", state: TAKEN, at: WHEN}
        - {target: "alert:1", state: TAKEN, at: "6d 09:00"}
`
	for stored, when := range map[string]string{``: `"5d 08:00"`, `stored: "09:00",`: `"09:00"`} {
		s := loadText(t, strings.NewReplacer("STORED", stored, "WHEN", when).Replace(content), suite.Options{})
		result := suite.Run(s, suite.RunOptions{})
		require.NotEmpty(t, result.Cases[0].Rows)
		require.Equal(t, suite.Same, result.Cases[0].Rows[0].State, stored+text(t, result))
	}
}
