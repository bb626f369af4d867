package main

import (
	"cmp"
	"fmt"
	"os"
	"strings"
)

// row is one measurement in the table.
type row struct {
	what                 string
	floor, figure, ratio string
	// bar is "" where there is none.
	bar   string
	isMet bool
}

// table writes the rows as Markdown.
func table(rows []row) string {
	lines := [][]string{
		{"what", "floor", "figure", "ratio", "bar", ""},
		{"---", "---:", "---:", "---:", "---:", "---"},
	}
	for _, r := range rows {
		verdict := ""
		if r.bar != "" {
			verdict = map[bool]string{true: "ok", false: "MISS"}[r.isMet]
		}
		lines = append(lines, []string{r.what, cmp.Or(r.floor, "–"), r.figure, cmp.Or(r.ratio, "–"), cmp.Or(r.bar, "–"), verdict})
	}
	var b strings.Builder
	for _, line := range lines {
		b.WriteString("| " + strings.Join(line, " | ") + " |\n")
	}
	return b.String()
}

// Marks enclose the figures in the page.
const (
	markBegin = "<!-- figures, written by the benchmark -->"
	markEnd   = "<!-- end of figures -->"
)

// rewrite puts the text between the page's marks.
func rewrite(path, text string) error {
	page, err := os.ReadFile(path) //nolint:gosec // the caller's own page
	if err != nil {
		return fmt.Errorf("read the page: %w", err)
	}
	written, err := replaceFigures(string(page), text)
	if err != nil {
		return fmt.Errorf("write the figures into %s: %w", path, err)
	}
	if err := os.WriteFile(path, []byte(written), 0o644); err != nil { //nolint:gosec // a page of the repository
		return fmt.Errorf("write the figures: %w", err)
	}
	return nil
}

func replaceFigures(page, text string) (string, error) {
	before, rest, hasBegin := strings.Cut(page, markBegin)
	_, after, hasEnd := strings.Cut(rest, markEnd)
	if !hasBegin || !hasEnd {
		return "", fmt.Errorf("the marks %q and %q are missing", markBegin, markEnd)
	}
	return before + markBegin + "\n\n" + strings.TrimSpace(text) + "\n\n" + markEnd + after, nil
}

func millisText(seconds float64) string { return fmt.Sprintf("%.1f ms", seconds*1e3) }
func bytesText(n float64) string        { return fmt.Sprintf("%.1f MB", n/1e6) }
func rateText(n float64) string         { return fmt.Sprintf("%.0f/s", n) }

// times says how many times as much the figure is as the floor.
func times(figure, floor float64) string { return fmt.Sprintf("%.1f ×", figure/floor) }

// share says which part of the floor the figure is.
func share(figure, floor float64) string { return fmt.Sprintf("%.0f %%", 100*figure/floor) }

// load returns the load average of the last minute.
func load() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	last, _, _ := strings.Cut(string(text), " ")
	return last
}

// processor names the machine's processor, for readers of the page.
func processor() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return "unknown"
	}
	for line := range strings.Lines(string(text)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return "unknown"
}
