package text_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/services/cli/text"
)

func TestLine_IsOneHarmlessLine(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                              "",
		"plain — übung":                 "plain — übung",
		" two\r\n\tlines  ":             "two lines",
		"\x1b[2J\x1b]0;title\x07 gone":  "[2J ]0;title gone",
		"bell\u009b31m":                 "bell 31m",
		"pay\u202egnp.exe":              "paygnp.exe",
		"\u2066isolated\u2069 \u200fok": "isolated ok",
	} {
		require.Equal(t, want, text.Line(in))
	}
}

func TestLines_KeepTheirEnds(t *testing.T) {
	t.Parallel()
	require.Equal(t, "a b\n  c[1m\n", text.Lines("a\tb \r\n  c\x1b[1m\n"))
}

func TestCut_CountsCharacters(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		in      string
		columns int
		want    string
	}{
		{"übung", 5, "übung"},
		{"übungen", 5, "übun…"},
		{"abc   ", 3, "abc"},
		{"abc", 1, "…"},
		{"abc", 0, "…"},
		{"", 0, ""},
	} {
		require.Equal(t, test.want, text.Cut(test.in, test.columns))
	}
}

func TestCount_AgreesWithItsNoun(t *testing.T) {
	t.Parallel()
	require.Equal(t, "0 rules", text.Count(0, "rule"))
	require.Equal(t, "1 rule", text.Count(1, "rule"))
	require.Equal(t, "2 rules", text.Count(2, "rule"))
}
