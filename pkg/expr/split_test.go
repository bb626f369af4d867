package expr_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/expr"
	decisionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/decision/v1"
)

func TestSplit_ReadsConjuncts(t *testing.T) {
	t.Parallel()
	site, score := expr.Attribute{Name: "labels", Key: "site"}, expr.Attribute{Name: "anomaly.score"}
	severity, bots := expr.Attribute{Name: "event.severity"}, expr.Attribute{Name: "traffic.measures", Key: "bots"}
	title := expr.Attribute{Name: "event.title"}
	cases := map[string]expr.Conjunct{
		`labels.site == "a"`:                                         {Attribute: site, Texts: []string{"a"}},
		`labels["site"] != "a"`:                                      {Attribute: site, Not: true, Texts: []string{"a"}},
		`!(event.labels.site == "a")`:                                {Attribute: site, Not: true, Texts: []string{"a"}},
		`"a" == labels.site || labels.site in ["b", "c"]`:            {Attribute: site, Texts: []string{"a", "b", "c"}},
		`!(labels.site in ["b"])`:                                    {Attribute: site, Not: true, Texts: []string{"b"}},
		`has(labels.site)`:                                           {Attribute: site, Op: expr.OpHas},
		`"site" in labels`:                                           {Attribute: site, Op: expr.OpHas},
		`!has(event.title)`:                                          {Attribute: title, Op: expr.OpHas, Not: true},
		`has(event.anomaly)`:                                         {Attribute: expr.Attribute{Name: "event.anomaly"}, Op: expr.OpHas},
		`event.severity == CRITICAL`:                                 {Attribute: severity, Numbers: []float64{1}},
		`event.severity in [HIGH, UNSPECIFIED]`:                      {Attribute: severity, Numbers: []float64{2, 0}},
		`anomaly.score == 1`:                                         {Attribute: score, Numbers: []float64{1}},
		`event.anomaly.score > 0.5`:                                  {Attribute: score, Op: expr.OpGreater, Numbers: []float64{0.5}},
		`1 <= anomaly.score`:                                         {Attribute: score, Op: expr.OpGreaterEqual, Numbers: []float64{1}},
		`0.5 < anomaly.score`:                                        {Attribute: score, Op: expr.OpGreater, Numbers: []float64{0.5}},
		`1 >= anomaly.score`:                                         {Attribute: score, Op: expr.OpLessEqual, Numbers: []float64{1}},
		`2 > traffic.measures.bots`:                                  {Attribute: bots, Op: expr.OpLess, Numbers: []float64{2}},
		`traffic.measures["bots"] <= -1`:                             {Attribute: bots, Op: expr.OpLessEqual, Numbers: []float64{-1}},
		`event.title.startsWith("a") || event.title.startsWith("b")`: {Attribute: title, Op: expr.OpPrefix, Texts: []string{"a", "b"}},
		`event.title.endsWith("a")`:                                  {Attribute: title, Op: expr.OpSuffix, Texts: []string{"a"}},
		`event.title.contains("a")`:                                  {Attribute: title, Op: expr.OpContains, Texts: []string{"a"}},
		`!event.title.matches("a+")`:                                 {Attribute: title, Op: expr.OpMatches, Not: true, Texts: []string{"a+"}},
		`!paused`:                                                    {Attribute: expr.Attribute{Name: "paused"}, Op: expr.OpTrue, Not: true},
	}
	for text, want := range cases {
		program, err := expr.Rule("true && "+text, expr.Bool)
		if len(text) > 0 && text[0] != '!' {
			program, err = expr.Rule("("+text+")", expr.Bool)
		}
		require.NoError(t, err, text)
		split := program.Split()
		require.Equal(t, []expr.Conjunct{want}, split.Conjuncts, text)
		require.Nil(t, split.Rest, text)
		require.Zero(t, split.Cost, text)
	}
}

func TestSplit_KeepsTheRestInOneProgram(t *testing.T) {
	t.Parallel()
	cases := []struct {
		text      string
		conjuncts int
		rest      bool
	}{
		{`labels.a == labels.b`, 0, true},
		{`event.source < "b" && labels.a == "x"`, 1, true},
		{`labels.a == "x" || event.source == "b"`, 0, true},
		{`labels.a != "x" || labels.a != "y"`, 0, true},
		{`event.source in [labels.a]`, 0, true},
		{`event.occurred_at > timestamp("2026-01-01T00:00:00Z") && labels.a == "x"`, 1, true},
		{`event.occurred_at.getHours("Europe/Berlin") > 4 && labels.a == "x"`, 1, true},
		{`traffic.measures.a / traffic.measures.b > 2 && labels.a == "x"`, 1, true},
		{`labels.exists(k, k == "a") && labels.a == "x"`, 0, true},
		{`labels.exists(k, k == "a") && event.source == "x"`, 1, true},
		{`labels.a == "x" && labels.exists(k, k == "a")`, 1, true},
		{`event.occurred_at.getHours("Nowhere") > 4 && labels.a == "x"`, 0, true},
		{`event.occurred_at + duration("1h") > event.observed_at && labels.a == "x"`, 0, true},
		{`event.title + "a" == labels.a && labels.b == "x"`, 1, true},
		{`int(labels.a) > 2 && labels.a == "x"`, 0, true},
		{`anomaly.score * 1e300 > 1 && labels.a == "x"`, 1, true},
		{`(labels.a == "x" && anomaly.score > 1) && (has(labels.b) && true)`, 3, false},
		{`true`, 0, false},
		{`false`, 0, true},
	}
	for _, c := range cases {
		program, err := expr.Rule(c.text, expr.Bool)
		require.NoError(t, err, c.text)
		split := program.Split()
		require.Len(t, split.Conjuncts, c.conjuncts, c.text)
		require.Equal(t, c.rest, split.Rest != nil, c.text)
	}
}

func TestSplit_RestEvaluates(t *testing.T) {
	t.Parallel()
	program, err := expr.Rule(`labels.site == "x" && size(event.title) == 15 && anomaly.score == 2 && event.title.size() > 3`, expr.Bool)
	require.NoError(t, err)
	require.Len(t, program.Split().Conjuncts, 2)
	require.Positive(t, program.Split().Cost)
	holds, err := program.Split().Rest.Bool(expr.EventVars(anomaly()))
	require.NoError(t, err)
	require.True(t, holds)
}

func TestSplit_OnlyConditionsOnEvents(t *testing.T) {
	t.Parallel()
	text, err := expr.Event(`event.title`, expr.Text)
	require.NoError(t, err)
	require.Nil(t, text.Split())
	decision, err := expr.Message("decision", &decisionv1.Decision{}, `decision.rule == "a"`, expr.Bool)
	require.NoError(t, err)
	require.Nil(t, decision.Split())
}
