package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// maxShown is how many differences of a list are shown.
const maxShown = 5

// compareLists returns the first differences of two lists.
func compareLists(want, got []byte) []string {
	if bytes.Equal(want, got) {
		return nil
	}
	expected, have := split(want), split(got)
	faults := []string{fmt.Sprintf("%d actions, expected %d", len(have), len(expected))}
	for i := range max(len(expected), len(have)) {
		a, b := at(expected, i), at(have, i)
		if a != b {
			faults = append(faults, fmt.Sprintf("action %d is %s, expected %s", i+1, b, a))
		}
		if len(faults) > maxShown {
			break
		}
	}
	return faults
}

func split(list []byte) []string { return slices.Collect(strings.Lines(string(list))) }

// at returns the n-th line, or that there is none.
func at(lines []string, n int) string {
	if n >= len(lines) {
		return "none"
	}
	return strings.TrimSuffix(lines[n], "\n")
}

// compareCounts returns which numbers are not those of the reference.
func compareCounts(want reference, got map[string]int) []string {
	var faults []string
	for _, name := range slices.Sorted(maps.Keys(got)) {
		if have := strconv.Itoa(got[name]); have != string(want[name]) {
			faults = append(faults, fmt.Sprintf("%s: %s, expected %s", name, have, want[name]))
		}
	}
	return faults
}

func countsText(counts map[string]int) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		if name != "actions" {
			parts = append(parts, fmt.Sprintf("%s %d", strings.ReplaceAll(name, "_", " "), counts[name]))
		}
	}
	if len(parts) == 0 {
		return "no further counts"
	}
	return strings.Join(parts, ", ") + " equal"
}

// decodeLines reads a JSON value a line.
func decodeLines[T any](text []byte) ([]T, error) {
	var all []T
	number := 0
	for raw := range bytes.Lines(text) {
		number++
		var one T
		if err := json.Unmarshal(raw, &one); err != nil {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
		all = append(all, one)
	}
	return all, nil
}
