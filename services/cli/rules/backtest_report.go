package rules

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/cli/text"
	"github.com/signalbox-io/signalbox/services/router/backtest"
)

// progressEvery is the time between two lines of progress.
const progressEvery = time.Second

// backtestReport prints what a backtest tells of. Decisions and differences go to the
// standard output; with --output json nothing else does.
type backtestReport struct {
	out     *bufio.Writer
	err     io.Writer
	isJSON  bool
	file    string // of the summary, empty for none
	shown   bool   // whether progress is shown
	isLive  bool   // whether the line of progress is written over
	began   time.Time
	looked  time.Time
	pending bool // whether a line of progress stands on the terminal
}

func newBacktestReport(command *cobra.Command, f backtestFlags) *backtestReport {
	now := time.Now()
	r := &backtestReport{
		out: bufio.NewWriterSize(command.OutOrStdout(), 64<<10), err: command.ErrOrStderr(),
		isJSON: f.output == outputJSON, file: f.summary, began: now, looked: now,
	}
	r.isLive = isTerminal(r.err)
	r.shown = f.progress || r.isLive
	return r
}

func isTerminal(out io.Writer) bool {
	file, ok := out.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// line prints a decision or the end of a lease.
func (r *backtestReport) line(l *routerv1.BacktestLine) error {
	if r.isJSON {
		return r.write(backtest.LineJSON(l))
	}
	return r.write([]byte(lineText(l)), nil)
}

// difference prints what differs between two sets.
func (r *backtestReport) difference(d *routerv1.BacktestDifference) error {
	if r.isJSON {
		return r.write(backtest.DifferenceJSON(d))
	}
	return r.write([]byte(differenceText(d)), nil)
}

func (r *backtestReport) write(data []byte, err error) error {
	if err != nil {
		return err
	}
	if _, err := r.out.Write(data); err != nil {
		return fmt.Errorf("print a decision: %w", err)
	}
	return nil
}

// problem tells of a bad line.
func (r *backtestReport) problem(err error) {
	r.clearProgress()
	_, _ = fmt.Fprintln(r.err, text.Line(err.Error()))
}

// progress shows how far it is, each second at most.
func (r *backtestReport) progress(events uint64, done, total float64) {
	now := time.Now()
	if !r.shown || now.Sub(r.looked) < progressEvery {
		return
	}
	r.looked = now
	line := progressText(events, done, total, now.Sub(r.began))
	if r.isLive {
		_, _ = fmt.Fprint(r.err, "\r\x1b[K"+line)
		r.pending = true
		return
	}
	_, _ = fmt.Fprintln(r.err, line)
}

func (r *backtestReport) clearProgress() {
	if r.pending {
		_, _ = fmt.Fprint(r.err, "\r\x1b[K")
		r.pending = false
	}
}

// progressText says how far it is and how long the rest takes; a total of 0 is
// not known.
func progressText(events uint64, done, total float64, took time.Duration) string {
	line := fmt.Sprintf("%d events", events)
	if seconds := took.Seconds(); seconds > 0 {
		line += fmt.Sprintf(", %.0f/s", float64(events)/seconds)
	}
	if total > 0 && done > 0 {
		left := time.Duration((total/min(done, total) - 1) * float64(took)).Round(time.Second)
		line += fmt.Sprintf(", %.0f %%, %s left", 100*min(done/total, 1), left)
	}
	return line
}

// summary prints what it all comes to.
func (r *backtestReport) summary(s *routerv1.BacktestSummary) error {
	r.clearProgress()
	if r.file != "" {
		data, err := backtest.SummaryJSON(s)
		if err != nil {
			return err
		}
		if err := os.WriteFile(r.file, data, 0o644); err != nil { //nolint:gosec // the caller's own file, which holds no secret
			return fmt.Errorf("write the summary: %w", err)
		}
	}
	lines := summaryText(s)
	if r.isJSON {
		_, _ = io.WriteString(r.err, lines)
		return nil
	}
	if r.out.Buffered() > 0 || len(lines) > 0 {
		lines = "\n" + lines
	}
	return r.write([]byte(lines), nil)
}

// close writes out what is left.
func (r *backtestReport) close() error {
	r.clearProgress()
	if err := r.out.Flush(); err != nil {
		return fmt.Errorf("print the decisions: %w", err)
	}
	return nil
}
