package process_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/services/signalbox/process"
)

const patience = 90 * time.Second

func TestStop_EndsAProcessThatListens(t *testing.T) {
	t.Parallel()
	p := start(t, "trap 'exit 0' TERM; echo ready; while :; do sleep 0.01; done")
	require.Eventually(t, func() bool { return p.LogTail() != "" }, patience, time.Millisecond)
	require.NoError(t, p.Check())
	require.NoError(t, p.Stop(deadline(t)))
	require.ErrorIs(t, p.Check(), process.ErrGone)
	require.NoError(t, p.Stop(deadline(t)), "stopping twice is harmless")
}

func TestStop_KillsAProcessThatDoesNotListen(t *testing.T) {
	t.Parallel()
	p := start(t, "trap '' TERM; echo ready; while :; do sleep 0.01; done")
	require.Eventually(t, func() bool { return p.LogTail() != "" }, patience, time.Millisecond)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	require.ErrorIs(t, p.Stop(ctx), context.DeadlineExceeded)
	require.ErrorIs(t, p.Check(), process.ErrGone)
}

func TestCheck_ShowsExitCodeAndLog(t *testing.T) {
	t.Parallel()
	p := start(t, "echo no such thing >&2; exit 3")
	require.Eventually(t, func() bool { return p.Check() != nil }, patience, time.Millisecond)
	require.ErrorContains(t, p.Check(), "exit status 3")
	require.ErrorContains(t, p.Check(), "no such thing")
}

func TestAwaitOK_GivesUpWhenTheProcessEnds(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(server.Close)
	p := start(t, "exit 1")
	require.ErrorIs(t, p.AwaitOK(deadline(t), time.Millisecond, server.URL), process.ErrGone)
}

func TestAwaitOK_WaitsForTheStatus(t *testing.T) {
	t.Parallel()
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if asked++; asked < 3 {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	t.Cleanup(server.Close)
	p := start(t, "sleep 60")
	require.NoError(t, p.AwaitOK(deadline(t), time.Millisecond, server.URL))
	require.Equal(t, 3, asked)
}

func TestUsage_OfARunningProcess(t *testing.T) {
	t.Parallel()
	p := start(t, "while :; do :; done")
	require.Eventually(t, func() bool {
		cpu, err := process.CPU(p.PID())
		return err == nil && cpu > 0
	}, patience, time.Millisecond)
	rss, err := process.RSS(p.PID())
	require.NoError(t, err)
	require.Greater(t, rss, int64(100<<10))
	require.NoError(t, p.Kill())
	_, err = process.RSS(p.PID())
	require.Error(t, err)
}

func TestFreeAddress_CanBeListenedOn(t *testing.T) {
	t.Parallel()
	address, err := process.FreeAddress(t.Context())
	require.NoError(t, err)
	require.Regexp(t, `^127\.0\.0\.1:\d+$`, address)
}

// start runs a shell script that does not outlive the test.
func start(t *testing.T, script string) *process.Process {
	t.Helper()
	p, err := process.Start(t.TempDir(), "script", "/bin/sh", "-c", script)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, p.Kill()) })
	return p
}

func deadline(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}
