// Package exit is the agreement between the commands and the command line
// about how a process ends: 0 for good, 1 for findings or failure, 2 for a
// command that was not used as it must be. It ends nothing itself and prints
// nothing: commands return errors, and the command line prints each once.
package exit

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// The exit codes.
const (
	CodeOK      = 0
	CodeFailure = 1
	CodeUsage   = 2
)

// Error is an error that knows its exit code.
type Error struct {
	Code int
	Err  error
}

// Error returns the text of the error within.
func (e *Error) Error() string { return e.Err.Error() }

// Unwrap returns the error within.
func (e *Error) Unwrap() error { return e.Err }

// Usage marks err as a wrong use of a command; nil stays nil.
func Usage(err error) error {
	if err == nil {
		return nil
	}
	return &Error{Code: CodeUsage, Err: err}
}

// Code returns the exit code of a command that returned err.
func Code(err error) int {
	if err == nil {
		return CodeOK
	}
	if known, ok := errors.AsType[*Error](err); ok {
		return known.Code
	}
	return CodeFailure
}

// Group makes command one that does nothing itself: it takes the name of one
// of its commands and tells which there are.
func Group(command *cobra.Command, members ...*cobra.Command) *cobra.Command {
	command.AddCommand(members...)
	command.Args = cobra.ArbitraryArgs
	// Flags are those of a command; that there is no such command is what the
	// user must hear, with or without them.
	command.FParseErrWhitelist.UnknownFlags = true
	command.RunE = func(_ *cobra.Command, args []string) error {
		names := make([]string, len(members))
		for i, member := range members {
			names[i] = member.Name()
		}
		list := strings.Join(names, ", ")
		if len(args) == 0 {
			return Usage(fmt.Errorf("%s: name what to do: %s", command.Name(), list))
		}
		return Usage(fmt.Errorf("%s: there is no command %q; write one of %s", command.Name(), args[0], list))
	}
	return command
}
