package match

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/expr"
)

// However the bounds lie, a number is found where counting finds it.
func TestCuts_FindWhatCountingFinds(t *testing.T) {
	t.Parallel()
	g := rand.New(rand.NewPCG(1, 4))
	for name, next := range map[string]func() float64{
		"even": g.Float64, "few": func() float64 { return float64(g.IntN(5)) }, "one": func() float64 { return 7 },
		"far apart":  func() float64 { return math.Exp(float64(g.IntN(1400)-700)) * float64(g.IntN(3)-1) },
		"too far":    func() float64 { return []float64{-math.MaxFloat64, 0, math.MaxFloat64}[g.IntN(3)] },
		"very small": func() float64 { return float64(g.IntN(9)) * math.SmallestNonzeroFloat64 },
	} {
		bounds := make([]bound, 1+g.IntN(500))
		for i := range bounds {
			bounds[i].number = next()
		}
		c := newCuts(bounds)
		require.LessOrEqual(t, len(c.numbers), rangeSteps, name)
		require.True(t, slices.IsSorted(c.numbers), name)
		numbers := append([]float64{math.Inf(-1), math.Inf(1), 0, -math.MaxFloat64}, c.numbers...)
		for range 1000 {
			n := next()
			numbers = append(numbers, n, math.Nextafter(n, math.Inf(1)), math.Nextafter(n, math.Inf(-1)))
		}
		for _, n := range numbers {
			count := 0
			for _, cut := range c.numbers {
				if cut <= n {
					count++
				}
			}
			require.Equal(t, count, c.find(n), "%s: %g among %v", name, n, c.numbers)
		}
	}
}

// An automaton finds the same literals with its table and without it.
func TestAutomaton_FindsWithAndWithoutItsTable(t *testing.T) {
	t.Parallel()
	g := rand.New(rand.NewPCG(2, 4))
	word := func(most int) string {
		var b strings.Builder
		for range 1 + g.IntN(most) {
			b.WriteByte("aab\x00ü"[g.IntN(5)])
		}
		return b.String()
	}
	for range 200 {
		literals := make([]string, 1+g.IntN(30))
		for i := range literals {
			literals[i] = "a" + word(5)
		}
		literals = slices.Compact(slices.Sorted(slices.Values(literals)))
		groups := make([]int32, len(literals))
		index := &Index{slots: newSlots()}
		for i := range groups {
			groups[i] = int32(i)
			index.conditions = append(index.conditions, condition{})
			index.groups = append(index.groups, group{candidates: []candidate{{condition: int32(i), first: test{op: isNothing}, plain: true}}})
		}
		a := newAutomaton(slotTitle, literals, groups)
		require.NotNil(t, a.steps.next)
		text := word(60)
		want := []int{}
		for i, literal := range literals {
			if strings.Contains(text, literal) {
				want = append(want, i)
			}
		}
		for _, hasTable := range []bool{true, false} {
			if !hasTable {
				a.steps.next = nil
			}
			m := NewMatcher(index)
			m.values[slotTitle] = textValue(text)
			m.nextGeneration()
			a.scan(m)
			slices.Sort(m.matched)
			require.Equal(t, want, append([]int{}, m.matched...), "%q in %q", literals, text)
		}
	}
}

// Very many literals have no table, and are found all the same.
func TestMatch_MoreLiteralsThanATableHolds(t *testing.T) {
	t.Parallel()
	var list []Condition
	for i := range 3_000 {
		program, err := expr.Rule(fmt.Sprintf(`event.title.contains("%08x-%08x")`, hashed(i), i), expr.Bool)
		require.NoError(t, err)
		list = append(list, Condition{Program: program})
	}
	index, err := New(list)
	require.NoError(t, err)
	require.Nil(t, index.roots[kindNone].scans[0].steps.next)
	m := NewMatcher(index)
	m.values[slotTitle] = textValue(fmt.Sprintf("x%08x-%08xx", hashed(77), 77))
	matched, failed := m.Match(nil)
	require.Empty(t, failed)
	require.Equal(t, []int{77}, matched)
}

// hashed spreads numbers (Knuth's multiplicative hash).
func hashed(i int) uint32 { return uint32(i) * 2654435761 }
