package match

import (
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPatternLiterals(t *testing.T) {
	t.Parallel()
	cases := map[string][]string{
		`checkout`:               {"checkout"},
		`^deploy (failed|done)$`: {"deploy failed", "deploy done"},
		`err.*timeout`:           {"timeout"},
		`(foo|fob)ar`:            {"fooar", "fobar"},
		`a[xy]c`:                 {"axc", "ayc"},
		`(abc)+d?`:               {"abc"},
		`abc{2,3}`:               {"abcc", "abccc"},
		`foo|ba.`:                {"foo", "ba"},
		`foo|.*`:                 nil,
		`(?i)foo`:                nil,
		`[a-z]+`:                 nil,
		`x\x{fffd}`:              nil,
		`(`:                      nil,
	}
	for pattern, want := range cases {
		require.ElementsMatch(t, want, patternLiterals(pattern), pattern)
	}
}

func TestPatternLiterals_EveryMatchHoldsOne(t *testing.T) {
	t.Parallel()
	g := rand.New(rand.NewPCG(4, 2))
	pieces := []string{"ab", "c", "d+", "(a|bc)", "[bc]", "e?", ".*", "(ab|cd|a)?", "b{1,2}", "^", "$", `\b`, "(?i)a", " "}
	checked := 0
	for range 20_000 {
		var pattern, text strings.Builder
		for range 1 + g.IntN(4) {
			pattern.WriteString(pieces[g.IntN(len(pieces))])
		}
		for range g.IntN(12) {
			text.WriteByte("abcde AB"[g.IntN(8)])
		}
		literals := patternLiterals(pattern.String())
		if len(literals) == 0 || !regexp.MustCompile(pattern.String()).MatchString(text.String()) {
			continue
		}
		checked++
		found := false
		for _, l := range literals {
			found = found || strings.Contains(text.String(), l)
		}
		require.True(t, found, "%q matches %q without any of %q", &pattern, &text, literals)
	}
	require.Greater(t, checked, 1000)
}

func TestAutomaton_FindsEveryLiteral(t *testing.T) {
	t.Parallel()
	g := rand.New(rand.NewPCG(5, 2))
	word := func(n int) string {
		var b strings.Builder
		for range n {
			b.WriteByte("abc\xff"[g.IntN(4)])
		}
		return b.String()
	}
	for range 500 {
		set := map[string]bool{}
		for range 1 + g.IntN(30) {
			set[word(1+g.IntN(6))] = true
		}
		literals := sortedKeys(set)
		index := &Index{slots: newSlots(), groups: make([]group, len(literals))}
		places := make([]int32, len(literals))
		for i := range literals {
			places[i] = int32(i)
			index.groups[i].candidates = []candidate{{condition: int32(i), plain: true, first: test{op: isNothing}}}
		}
		index.conditions = make([]condition, len(literals))
		m := NewMatcher(index)
		m.generation = 1
		m.values[slotTitle] = textValue(word(30))
		newAutomaton(slotTitle, literals, places).scan(m)
		m.sortMatched()
		var want []int
		for i, l := range literals {
			if strings.Contains(m.values[slotTitle].text, l) {
				want = append(want, i)
			}
		}
		require.Equal(t, want, append([]int(nil), m.matched...), "%q in %q", literals, m.values[slotTitle].text)
	}
}
