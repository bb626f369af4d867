package cli_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/bus/bustest"
	"github.com/signalbox-io/signalbox/services/cli"
)

const patience = 90 * time.Second

func TestMain(m *testing.M) { bustest.VerifyTestMain(m) }

// A stranger types one command and sees the whole loop work.
func TestRun_TheDemoComesToItsEnd(t *testing.T) {
	t.Parallel()
	out, errors, code := run(t, "demo")
	require.Zero(t, code, "%s\n%s", out, errors)
	require.Contains(t, out, "Every step happened")
	require.Contains(t, out, "\nTry: signalbox demo --keep", "what to do next")
	for line := range strings.Lines(out) {
		require.LessOrEqual(t, utf8.RuneCountInString(strings.TrimSuffix(line, "\n")), 80, line)
	}
	require.NotContains(t, out, "\x1b", "no colours beyond a terminal")
}

func TestRun_WrongUseExitsWithTwoAndSaysWhereHelpIs(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"serv"}, {"serve", "--tarjet=all"}, {"serve", "extra"}, {"demo", "--keep=perhaps"}, {"events"}, {"config", "chek"},
	} {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			t.Parallel()
			out, errors, code := run(t, args...)
			require.Equal(t, 2, code)
			require.Empty(t, out)
			require.True(t, strings.HasPrefix(errors, "signalbox: "), errors)
			require.Equal(t, 1, strings.Count(errors, "signalbox: "), "each problem once")
		})
	}
}

func TestRun_HelpTeaches(t *testing.T) {
	t.Parallel()
	out, _, code := run(t, "--help")
	require.Zero(t, code)
	for _, command := range []string{
		"demo", "serve", "simulate", "events", "decisions", "actions", "leases", "sources", "rules", "config", "health", "completion",
	} {
		require.Contains(t, out, "\n  "+command+" ")
	}
	for _, command := range [][]string{{"demo"}, {"serve"}, {"simulate"}, {"events", "list"}, {"events", "tail"}, {"rules", "lint"}, {"config", "check"}, {"health"}} {
		out, _, code := run(t, append(command, "--help")...)
		require.Zero(t, code)
		require.Contains(t, out, "Examples:", command)
	}
}

// What --help says about a command fits a terminal of 80 columns, but for samples.
func TestRun_HelpFitsATerminal(t *testing.T) {
	t.Parallel()
	for _, command := range []string{
		"", "actions", "actions retry", "actions stop", "alerts list", "backfill", "config check", "dead", "dead list", "dead redrive",
		"decisions list", "demo", "events list", "leases list", "rules", "rules backtest", "rules explain", "rules get", "rules lint",
		"rules list", "rules reload", "serve", "simulate", "sources list",
	} {
		out, _, code := run(t, append(strings.Fields(command), "--help")...)
		require.Zero(t, code)
		about, _, found := strings.Cut(out, "\nUsage:\n")
		require.True(t, found, out)
		for line := range strings.Lines(about) {
			require.LessOrEqual(t, utf8.RuneCountInString(strings.TrimSuffix(line, "\n")), 80, "%s: %s", command, line)
		}
	}
}

func TestServe_WrongConfigurationStartsNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "signalbox.yaml")
	require.NoError(t, os.WriteFile(file, []byte("grpc: {listen: 0.0.0.0:7420}\nsources:\n  - {name: A, anura: {base_url: http://api.anura.io, token: {env: NOT_SET}}}\nwhatever: 1\n"), 0o600))

	out, errors, code := run(t, "serve", "--config", file)
	require.Equal(t, 2, code)
	require.Empty(t, out)
	for _, place := range []string{":1:16:", ":3:12:", ":3:33:", ":3:67:", ":4:1:"} {
		require.Contains(t, errors, file+place)
	}
	require.Contains(t, errors, "signalbox: "+file+" has 5 problems")
	require.NoDirExists(t, filepath.Join(dir, "data"))
}

func TestServe_WrongRulesStartNothing(t *testing.T) {
	t.Parallel()
	file := configuration(t)
	require.NoError(t, os.WriteFile(filepath.Join(filepath.Dir(file), "rules.yaml"), []byte("rules:\n  - {name: a, mode: loud, on: [anomaly]}\n"), 0o600))

	_, errors, code := run(t, "serve", "--config", file)
	require.Equal(t, 2, code)
	require.Contains(t, errors, "rules.yaml:2:21: rule a: ")
	require.NoDirExists(t, filepath.Join(filepath.Dir(file), "data"))
}

func TestServe_UnknownTarget(t *testing.T) {
	t.Parallel()
	_, errors, code := run(t, "serve", "--config", configuration(t), "--target", "routr")
	require.Equal(t, 2, code)
	require.Contains(t, errors, `no target "routr"; there are all, adapter-anodot`)
}

func TestServe_StopsWhenItIsToldTo(t *testing.T) {
	t.Parallel()
	ctx, interrupt := context.WithCancel(t.Context())
	var out, errors buffer
	file, ended := configuration(t), make(chan int, 1)
	go func() {
		ended <- cli.Run(ctx, []string{"serve", "--config", file}, cli.Streams{Out: &out, Err: &errors}, nothing)
	}()
	require.Eventually(t, func() bool { return strings.Contains(errors.String(), "signalbox runs") }, patience, 10*time.Millisecond)

	interrupt()
	require.Zero(t, <-ended, errors.String())
}

func TestServe_ReadsItsRulesAgainWhenTheTerminalHangsUp(t *testing.T) {
	t.Parallel()
	for target, want := range map[string]struct {
		ready, first, second string
		times                int // that second is said
	}{
		"all":   {"this process decides now", "result=applied by=signal", "problem of a rules file", 1},
		"query": {"signalbox runs", "a hangup is ignored", "a hangup is ignored", 2},
	} {
		t.Run(target, func(t *testing.T) {
			t.Parallel()
			ctx, interrupt := context.WithCancel(t.Context())
			var out, errors buffer
			file, ended := configuration(t), make(chan int, 1)
			hangups := make(chan os.Signal, 1)
			go func() {
				args := []string{"serve", "--config", file, "--target", target}
				ended <- cli.Run(ctx, args, cli.Streams{Out: &out, Err: &errors, Hangups: hangups}, nothing)
			}()
			said := func(count int, text string) func() bool {
				return func() bool { return strings.Count(errors.String(), text) >= count }
			}
			require.Eventually(t, said(1, "signalbox runs"), patience, 10*time.Millisecond)
			require.Eventually(t, said(1, want.ready), patience, 10*time.Millisecond)
			rules := filepath.Join(filepath.Dir(file), "rules.yaml")
			require.NoError(t, os.WriteFile(rules, []byte("rules:\n  - {name: idle, mode: off, on: [anomaly]}\n"), 0o600))
			hangups <- syscall.SIGHUP
			require.Eventually(t, said(1, want.first), patience, 10*time.Millisecond)
			require.NoError(t, os.WriteFile(rules, []byte("rules: {}\n"), 0o600))
			hangups <- syscall.SIGHUP
			require.Eventually(t, said(want.times, want.second), patience, 10*time.Millisecond)
			require.Empty(t, ended, "it goes on")
			interrupt()
			require.Zero(t, <-ended, errors.String())
		})
	}
}

func TestRun_OtherCommandsEndWhenTheTerminalHangsUp(t *testing.T) {
	t.Parallel()
	var out, errors buffer
	hangups := make(chan os.Signal, 1)
	hangups <- syscall.SIGHUP
	args := []string{"simulate", "--scenario", "none", "--listen", "127.0.0.1:0"}
	code := cli.Run(t.Context(), args, cli.Streams{Out: &out, Err: &errors, Hangups: hangups}, nothing)
	require.Zero(t, code, errors.String())
}

// configuration returns a file that is right and takes free ports; its one
// vendor is not there.
func configuration(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "rules.yaml"), []byte("rules:\n  - {name: a, mode: shadow, on: [anomaly]}\n"), 0o600))
	file := filepath.Join(dir, "signalbox.yaml")
	require.NoError(t, os.WriteFile(file, []byte(`
nats: {embedded: {listen: "127.0.0.1:0"}}
grpc: {listen: "127.0.0.1:0"}
http: {listen: "127.0.0.1:0"}
rules: [rules.yaml]
sources:
  - {name: website, analytics: {base_url: "http://127.0.0.1:1/api/v2", api_key: {value: a-key}}}
`), 0o600))
	return file
}

func run(t *testing.T, args ...string) (out, errors string, code int) {
	t.Helper()
	var stdout, stderr buffer
	code = cli.Run(t.Context(), args, cli.Streams{In: strings.NewReader(""), Out: &stdout, Err: &stderr}, nothing)
	return stdout.String(), stderr.String(), code
}

func nothing(string) (string, bool) { return "", false }

// buffer may be written while it is read.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}
