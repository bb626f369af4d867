package demo

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/signalbox-io/signalbox/services/cli/text"
)

// Who speaks in a line of the story.
const (
	voiceStory    = "story"
	voiceEvent    = "event"
	voiceDecision = "decision"
	voiceAction   = "action"
	voiceLease    = "lease"
	voiceNotify   = "notify"
)

// width is the number of columns that every line fits into; margin is where
// what happened begins.
const (
	width  = 80
	margin = 19
)

// narrator prints the story, one line for each thing that happens. It is safe
// for concurrent use.
type narrator struct {
	out      io.Writer
	terminal bool // a progress line may be overwritten
	color    bool
	started  time.Time

	mu       sync.Mutex
	progress bool // a progress line stands on the terminal
	said     time.Time
}

func newNarrator(out io.Writer, terminal, color bool, now time.Time) *narrator {
	return &narrator{out: out, terminal: terminal, color: color, started: now, said: now}
}

// say prints the time since the start, who speaks and what happened.
func (n *narrator) say(voice, format string, args ...any) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.clearProgress()
	n.said = time.Now()
	line := fmt.Sprintf("%6.1fs  %-8s  %s", time.Since(n.started).Seconds(), voice, fmt.Sprintf(format, args...))
	_, _ = fmt.Fprintln(n.out, n.paint(voice, wrap(line)))
}

// quietTime is how long nothing may be printed off a terminal before the
// narrator says that it waits.
const quietTime = 10 * time.Second

// waiting tells what the demo waits for: on a terminal in a line that is
// overwritten, elsewhere in a line when nothing was printed for a while.
func (n *narrator) waiting(format string, args ...any) {
	n.mu.Lock()
	defer n.mu.Unlock()
	what := fmt.Sprintf(format, args...)
	elapsed := time.Since(n.started).Seconds()
	if n.terminal {
		n.clearProgress()
		_, _ = fmt.Fprint(n.out, fit(fmt.Sprintf("%6.1fs  …         waiting: %s", elapsed, what), width-1))
		n.progress = true
		return
	}
	if time.Since(n.said) >= quietTime {
		n.said = time.Now()
		_, _ = fmt.Fprintln(n.out, fit(fmt.Sprintf("%6.1fs  ...       waiting: %s", elapsed, what), width))
	}
}

// plain prints a line as it is.
func (n *narrator) plain(format string, args ...any) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.clearProgress()
	n.said = time.Now()
	_, _ = fmt.Fprintf(n.out, format+"\n", args...)
}

// Write prints what the process logs meanwhile.
func (n *narrator) Write(p []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.clearProgress()
	n.said = time.Now()
	return n.out.Write(p)
}

func (n *narrator) clearProgress() {
	if n.progress {
		_, _ = fmt.Fprint(n.out, "\r\x1b[K")
		n.progress = false
	}
}

// paint gives each voice its colour, on a terminal that wants colours.
func (n *narrator) paint(voice, line string) string {
	codes := map[string]string{
		voiceStory: "36", voiceDecision: "33", voiceAction: "32", voiceLease: "35", voiceNotify: "34",
	}
	code, ok := codes[voice]
	if !n.color || !ok {
		return line
	}
	return "\x1b[" + code + "m" + line + "\x1b[0m"
}

// fit makes one line of at most so many characters. What vendors say stands in
// it, so it must not command the terminal.
func fit(line string, columns int) string {
	return text.Cut(text.Lines(strings.ReplaceAll(line, "\n", " ")), columns)
}

// maxLines bounds how much room one thing takes.
const maxLines = 3

// wrap makes lines that fit, the second and later ones indented to the margin.
func wrap(line string) string {
	rest := []rune(fit(line, maxLines*(width-margin)))
	var lines []string
	blanks := ""
	for len(rest) > width-len(blanks) && len(lines) < maxLines-1 {
		room := width - len(blanks)
		end := room
		for end > room/2 && rest[end] != ' ' {
			end--
		}
		if rest[end] != ' ' {
			end = room // one long word
		}
		lines = append(lines, blanks+strings.TrimRight(string(rest[:end]), " "))
		rest = []rune(strings.TrimLeft(string(rest[end:]), " "))
		blanks = strings.Repeat(" ", margin)
	}
	return strings.Join(append(lines, fit(blanks+string(rest), width)), "\n")
}
