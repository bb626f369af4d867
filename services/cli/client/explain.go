package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"regexp"
	"strconv"
	"strings"
	"syscall"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/signalbox-io/signalbox/services/cli/exit"
	"github.com/signalbox-io/signalbox/services/cli/text"
)

// ErrInterrupted is returned for a call that the user broke off.
var ErrInterrupted = errors.New("interrupted")

// ErrNotServed is returned for a call of a service that the process does not run.
var ErrNotServed = errors.New("does not answer this")

// Explain turns the error of a call into one that says what to do. ctx is the
// command's, without the call's own deadline. A request that was at fault
// gives an error of usage.
func (c *Client) Explain(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return ErrInterrupted
	}
	if dialErr := c.dialError(); dialErr != nil {
		return fmt.Errorf("cannot reach %s: %w; is signalbox serve running? name another address with %s", c.addr, dialErr, c.flag)
	}
	known := status.Convert(err)
	message := text.Lines(known.Message())
	switch {
	case errors.Is(err, io.EOF):
		return fmt.Errorf("%s ended the stream; start the command again", c.addr)
	case errors.Is(err, context.DeadlineExceeded), known.Code() == codes.DeadlineExceeded:
		return fmt.Errorf("no answer from %s within %s; raise --timeout, or look at the log of signalbox serve", c.addr, c.timeout)
	case known.Code() == codes.Unimplemented:
		return fmt.Errorf("the process at %s %w; name one that runs the query target with %s", c.addr, ErrNotServed, c.flag)
	case known.Code() == codes.Unavailable && len(known.Details()) == 0:
		return c.unavailable(message)
	case known.Code() == codes.InvalidArgument:
		return exit.Usage(errors.New(message))
	default:
		return errors.New(message)
	}
}

// unavailable explains a connection that was made and then failed.
func (c *Client) unavailable(message string) error {
	for _, sign := range []string{"server preface", "malformed", "frame too large"} {
		if strings.Contains(message, sign) {
			return fmt.Errorf("the process at %s ended the connection; %s must name grpc.listen of its configuration, not http.listen", c.addr, c.flag)
		}
	}
	return fmt.Errorf("the connection to %s is lost: %s; try again", c.addr, message)
}

// dialError returns in a few words why dialing failed, nil if it did not.
func (c *Client) dialError() error {
	select {
	case err := <-c.dialed:
		return shortened(err)
	default:
		return nil
	}
}

// shortened leaves the addresses out that dialing errors repeat.
func shortened(err error) error {
	var unknown *net.DNSError
	var number syscall.Errno
	switch {
	case errors.As(err, &unknown):
		return errors.New("no host of that name is known")
	case errors.Is(err, context.DeadlineExceeded):
		return errors.New("no answer")
	case errors.As(err, &number):
		return number
	default:
		return err
	}
}

// FilterFault returns the faults of a filter that err tells of, with the
// filter and a caret below each; nil when err tells of none.
func FilterFault(err error, filter string) error {
	for _, detail := range status.Convert(err).Details() {
		request, ok := detail.(*errdetails.BadRequest)
		if !ok {
			continue
		}
		for _, violation := range request.GetFieldViolations() {
			if violation.GetField() == "filter" {
				return exit.Usage(errors.New("--filter: " + marked(filter, text.Lines(violation.GetDescription()))))
			}
		}
	}
	return nil
}

// nextFault is where one fault of a filter ends and another begins.
var nextFault = regexp.MustCompile(`; (\d+:\d+: |and \d+ more)`)

// marked returns the faults, one a line, each followed by the line of the
// filter and a caret where it begins with its place (`1:7: `).
func marked(filter, faults string) string {
	lines := strings.Split(filter, "\n")
	var out []string
	for fault := range strings.SplitSeq(nextFault.ReplaceAllString(faults, "\n$1"), "\n") {
		out = append(out, fault)
		line, column, ok := place(fault)
		if !ok || line > len(lines) {
			continue
		}
		shown := text.Lines(lines[line-1])
		out = append(out, "    "+shown)
		if column <= len([]rune(shown))+1 {
			out = append(out, "    "+strings.Repeat(" ", column-1)+"^")
		}
	}
	return strings.Join(out, "\n")
}

// place reads the line and the column at the beginning of a fault.
func place(fault string) (line, column int, ok bool) {
	first, rest, _ := strings.Cut(fault, ":")
	second, _, found := strings.Cut(rest, ":")
	line, lineErr := strconv.Atoi(first)
	column, columnErr := strconv.Atoi(second)
	return line, column, found && lineErr == nil && columnErr == nil && line > 0 && column > 0
}
