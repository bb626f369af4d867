package match

import "slices"

// cuts are numbers between which values are found. They are spread so that as
// many bounds lie between any two of them.
type cuts struct {
	numbers []float64 // ascending, each once
	// hints tell for each part of an even division of their range how many cuts
	// are surely not above it; scale is how many parts there are to 1.
	hints [cutHints]uint8
	scale float64
}

const cutHints = 64

// newCuts returns the cuts of some bounds.
func newCuts(bounds []bound) cuts {
	numbers := make([]float64, len(bounds))
	for i, b := range bounds {
		numbers[i] = b.number
	}
	slices.Sort(numbers)
	c := cuts{}
	size := (len(numbers) + rangeSteps - 1) / rangeSteps
	for at := size; at < len(numbers); at += size {
		if n := numbers[at]; n != numbers[0] && (len(c.numbers) == 0 || n != c.numbers[len(c.numbers)-1]) {
			c.numbers = append(c.numbers, n)
		}
	}
	c.hint()
	return c
}

// hint makes the hints. A part grows with the number, however they are rounded:
// so cuts of an earlier part are not above a number.
func (c *cuts) hint() {
	if len(c.numbers) == 0 {
		return
	}
	c.scale = cutHints / (c.numbers[len(c.numbers)-1] - c.numbers[0])
	for part := range c.hints {
		for c.part(c.numbers[c.hints[part]]) < part && int(c.hints[part]) < len(c.numbers)-1 {
			c.hints[part]++
		}
	}
}

// part returns in which part of the range a number lies.
func (c *cuts) part(number float64) int {
	switch x := (number - c.numbers[0]) * c.scale; {
	case x >= cutHints:
		return cutHints - 1
	case x > 0:
		return int(x)
	default: // also where the range has no length or no end
		return 0
	}
}

// find returns how many cuts are not above the number.
func (c *cuts) find(number float64) int {
	if len(c.numbers) == 0 {
		return 0
	}
	at := int(c.hints[c.part(number)])
	for at < len(c.numbers) && c.numbers[at] <= number {
		at++
	}
	return at
}
