package suite

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// maxMarked bounds the words of two sentences that are compared.
const maxMarked = 400

// marks points at the words of got that are not in want, in order.
func marks(want, got string) string {
	a, b := strings.Fields(want), strings.Split(got, " ")
	if len(a) > maxMarked || len(b) > maxMarked {
		return strings.Repeat("^", min(maxMarked, max(1, utf8.RuneCountInString(got))))
	}
	common := inCommon(a, b)
	var out strings.Builder
	for i, word := range b {
		sign := "^"
		if common[i] {
			sign = " "
		}
		if i > 0 {
			out.WriteString(" ")
		}
		out.WriteString(strings.Repeat(sign, utf8.RuneCountInString(word)))
	}
	text := strings.TrimRight(out.String(), " ")
	if text == "" { // got lacks something, at its end if nowhere else
		return strings.Repeat(" ", utf8.RuneCountInString(got)) + "^"
	}
	return text
}

// inCommon tells of each word of b whether it is one of the longest sequence of
// words that both have.
func inCommon(a, b []string) []bool {
	length := make([][]int, len(a)+1)
	for i := range length {
		length[i] = make([]int, len(b)+1)
	}
	for i, x := range slices.Backward(a) {
		for j, y := range slices.Backward(b) {
			length[i][j] = max(length[i+1][j], length[i][j+1])
			if x == y {
				length[i][j] = length[i+1][j+1] + 1
			}
		}
	}
	common := make([]bool, len(b))
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i] == b[j]:
			common[j] = true
			i, j = i+1, j+1
		case length[i+1][j] >= length[i][j+1]:
			i++
		default:
			j++
		}
	}
	return common
}
