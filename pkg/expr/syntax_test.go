package expr_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/signalbox-io/signalbox/pkg/event"
	"github.com/signalbox-io/signalbox/pkg/expr"
)

func TestRule_SaysWhatIsWrongWithTheSyntax(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"labels.a == ":                       "1:13: the expression ends too early: expected a value or a name",
		"1 ++ 2":                             "1:4: + has no meaning here: expected a value or a name",
		"labels.a == 'x' )":                  "1:17: ) has no meaning here: expected an operator such as && or the end of the expression",
		"(labels.a == 'x'":                   "1:17: the expression ends too early: expected )",
		"labels.a in ['x'":                   "1:17: the expression ends too early: expected ] or ,",
		"labels.a == 'x":                     "1:13: the text that begins here has no end: expected '",
		`labels.a == "x`:                     `1:13: the text that begins here has no end: expected "`,
		`'\q' == 'a'`:                        `1:1: \q is no escape: expected \\ for a backslash, \n, \t, \" or \' (write r'…' for a text without escapes)`,
		"labels.a == “x”":                    "1:13: “ is no quotation mark of expressions: write ' or \"",
		"labels.a == `x`":                    "1:13: `x` is no text: write it in ' or \"",
		"labels.a == 'x' and labels.b == ''": "1:17: and joins nothing: write &&",
		"labels.a == 'x' or labels.b == ''":  "1:17: or joins nothing: write ||",
		"labels.a == 'x' & labels.b == ''":   "1:17: & joins nothing: write &&",
		"labels.a == 'x' | labels.b == ''":   "1:17: | joins nothing: write ||",
		"not labels.a == 'x'":                "1:5: not negates nothing: write !(…)",
		"NOT labels.a == 'x'":                "1:5: NOT negates nothing: write !(…)",
		"labels.a <> 'x'":                    "1:11: <> compares nothing: write !=",
		"labels.a = 'x'":                     "1:10: = compares nothing: write ==",
		"anomaly.score => 1":                 "1:15: => compares nothing: write >=",
		"anomaly.score =< 1":                 "1:15: =< compares nothing: write <=",
		"labels.a == 'x' OR labels.b == ''":  "1:17: OR joins nothing: write ||",
		`'\u12' == 'a'`:                      `1:1: the text that begins here has an escape with too few digits: expected \x41, \u0041 or \U00000041`,
		"18446744073709551616u == 1u":        "1:1: the number is too large: expected a whole number of 64 bits, or one with a point",
		"1e999 > 1.0":                        "1:1: the number is too large: expected one of at most 1.7e308",
		"event.occurred_at > timestamp('x')": "1:31: timestamp does not take this text: expected one such as '2026-01-02T03:04:05Z'",
		"duration('1d') > duration('1h')":    "1:10: duration does not take this text: expected hours, minutes and seconds, such as '36h' or '1h30m'",
		"labels.a =~ 'x'":                    "1:10: =~ compares nothing: write text.matches('…')",
		"labels.a == 'x' # why":              "1:17: # begins no comment in an expression: expected // or none",
		"labels.a == 'x';":                   "1:16: ; has no meaning in an expression",
		"a..b":                               "1:3: .. has no meaning here: expected a value or a name",
		"labels.a == 'x'\n&& labels.b ==":    "2:15: the expression ends too early: expected a value or a name",
		"if == 'x'":                          "1:1: if is reserved and names nothing: use another name",
		"[1].exists(2, true)":                "1:12: expected a name for each element, as in list.exists(x, x > 1)",
		"has(labels)":                        "1:5: has asks whether something is there: expected one of its fields, as in has(labels.site)",
		"99999999999999999999 == 1":          "1:1: the number is too large: expected a whole number of 64 bits, or one with a point",
	} {
		_, err := expr.Rule(text, expr.Bool, event.KindAnomaly)
		require.EqualError(t, err, want, text)
	}
}

// TestProperty_NoFaultSpeaksTheParsersWords joins what may stand in an expression in
// any order.
func TestProperty_NoFaultSpeaksTheParsersWords(t *testing.T) {
	t.Parallel()
	words := []string{
		"labels.a", "'x'", "\"", "'", "==", "=", "&&", "&", "||", "(", ")", "[", "]", "{", "}", ",", ":", "?", ".", "!", "-", "1", "1.5", "0x",
		"in", "not", "and", "if", "\\", "#", "@", "\n", "`", "“", ";", "r'", "b'x'", "exists(x,", "has(", "null", "é",
	}
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(rapid.SampledFrom(words), 1, 8).Draw(t, "words"), rapid.SampledFrom([]string{" ", ""}).Draw(t, "between"))
		_, err := expr.Rule(text, expr.Bool, event.KindAnomaly)
		for _, fault := range expr.Faults(err) {
			for _, foreign := range []string{
				"EOF", "IDENTIFIER", "NUM_", "mismatched input", "extraneous input", "missing '", "no viable alternative", "token recognition", "Syntax error",
			} {
				require.NotContains(t, fault.Message, foreign, "%q", text)
			}
		}
	})
}
