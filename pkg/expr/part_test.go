package expr_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/event"
	"github.com/signalbox-io/signalbox/pkg/expr"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
)

func TestParts_AreWhatAndJoinsWithWhatTheyRead(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		`anomaly.score >= 1`: {"anomaly.score >= 1", "anomaly.score"},
		`anomaly.score > 0.5 && (labels.site == "a" || labels["team x"] == labels.site) && !paused`: {
			"anomaly.score > 0.5", "anomaly.score",
			`labels.site == "a" || labels["team x"] == labels.site`, "labels.site", `labels["team x"]`,
			"!paused", "paused",
		},
		`event.severity == CRITICAL && has(labels.site)`:            {"event.severity == CRITICAL", "event.severity", "has(labels.site)"},
		`anomaly.metric.startsWith("a") && anomaly.metric in ["b"]`: {`anomaly.metric.startsWith("a")`, "anomaly.metric", `anomaly.metric in ["b"]`, "anomaly.metric"},
		`labels.exists(l, l == "x") && anomaly.score > 0`:           {`labels.exists(l, l == "x") && anomaly.score > 0`},
	} {
		parts, err := expr.Parts(text, event.KindAnomaly)
		require.NoError(t, err, text)
		var got []string
		for _, part := range parts {
			got = append(got, part.Condition.String())
			for _, read := range part.Reads {
				got = append(got, read.String())
			}
		}
		require.Equal(t, want, got, text)
	}
	_, err := expr.Parts(`feedback.user == "x"`, event.KindAnomaly)
	require.Len(t, expr.Faults(err), 1)
}

func TestParts_ReadAsTexts(t *testing.T) {
	t.Parallel()
	parts, err := expr.Parts(`anomaly.score > 1 && labels.site == "a"`, event.KindAnomaly)
	require.NoError(t, err)
	vars := expr.EventVars(&eventv1.Event{Payload: &eventv1.Event_Anomaly{Anomaly: &eventv1.Anomaly{Score: 0.25}}})
	text, err := parts[0].Reads[0].Text(vars)
	require.NoError(t, err)
	require.Equal(t, "0.25", text)
	_, err = parts[1].Reads[0].Text(vars)
	require.ErrorIs(t, err, expr.ErrAbsent)
}
