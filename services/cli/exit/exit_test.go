package exit_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/services/cli/exit"
)

func TestCode_IsKnownThroughWrapping(t *testing.T) {
	t.Parallel()
	cause := errors.New("cause")
	require.NoError(t, exit.Usage(nil))
	require.ErrorIs(t, exit.Usage(cause), cause)
	require.EqualError(t, exit.Usage(cause), "cause")
	for _, test := range []struct {
		err  error
		want int
	}{
		{nil, 0},
		{cause, 1},
		{exit.Usage(cause), 2},
		{fmt.Errorf("more: %w", exit.Usage(cause)), 2},
		{errors.Join(cause, exit.Usage(cause)), 2},
		{&exit.Error{Code: 1, Err: cause}, 1},
	} {
		require.Equal(t, test.want, exit.Code(test.err))
	}
}

func TestGroup_TellsWhatThereIs(t *testing.T) {
	t.Parallel()
	ran := false
	run := func(args ...string) error {
		group := exit.Group(&cobra.Command{Use: "rules", SilenceErrors: true, SilenceUsage: true},
			&cobra.Command{Use: "lint FILE", Run: func(*cobra.Command, []string) { ran = true }},
			&cobra.Command{Use: "list", Run: func(*cobra.Command, []string) {}})
		group.SetArgs(args)
		return group.Execute()
	}
	require.NoError(t, run("lint"))
	require.True(t, ran)
	none, other, flag := run([]string{}...), run("lnt"), run("lnt", "--addr", "127.0.0.1:1")
	require.EqualError(t, none, "rules: name what to do: lint, list")
	require.EqualError(t, other, `rules: there is no command "lnt"; write one of lint, list`)
	require.EqualError(t, flag, other.Error(), "a flag of a command hides nothing")
	require.ErrorContains(t, run("lint", "--addr=x"), "unknown flag: --addr")
	require.Equal(t, exit.CodeUsage, exit.Code(none))
	require.Equal(t, exit.CodeUsage, exit.Code(other))
}
