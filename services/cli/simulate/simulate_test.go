package simulate_test

import (
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/config"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	"github.com/signalbox-io/signalbox/services/cli/exit"
	"github.com/signalbox-io/signalbox/services/cli/simulate"
	"github.com/signalbox-io/signalbox/services/router"
	"github.com/signalbox-io/signalbox/services/simulator"
	"github.com/signalbox-io/signalbox/services/simulator/analytics"
	"github.com/signalbox-io/signalbox/services/simulator/anodot"
	"github.com/signalbox-io/signalbox/services/simulator/anomify"
	"github.com/signalbox-io/signalbox/services/simulator/anura"
	"github.com/signalbox-io/signalbox/services/simulator/fault"
	"github.com/signalbox-io/signalbox/services/simulator/securereporter"
)

// running is a command that runs until the test ends.
type running struct {
	t     *testing.T
	lines chan string
	// address is where the vendors listen.
	address string
}

// start starts the command on a free port of loopback.
func start(t *testing.T, args ...string) *running {
	t.Helper()
	r := &running{t: t, lines: make(chan string, 100)}
	ctx, interrupt := context.WithCancel(t.Context())
	command := simulate.NewCommand()
	command.SetArgs(append(args, "--listen", "127.0.0.1:0"))
	command.SetOut(r)
	ended := make(chan error, 1)
	go func() { ended <- command.ExecuteContext(ctx) }()
	t.Cleanup(func() {
		interrupt()
		require.NoError(t, <-ended, "an interruption is a good end")
	})
	_, rest, _ := strings.Cut(r.until("base_url of each source"), "listen on ")
	r.address, _, _ = strings.Cut(rest, ";")
	return r
}

// Write takes what the command prints; it is called by one goroutine at a time.
func (r *running) Write(p []byte) (int, error) {
	for line := range strings.SplitSeq(strings.TrimSuffix(string(p), "\n"), "\n") {
		r.lines <- line
	}
	return len(p), nil
}

// until waits for a line with this text.
func (r *running) until(text string) string {
	r.t.Helper()
	limit := time.After(90 * time.Second)
	for {
		select {
		case line := <-r.lines:
			if strings.Contains(line, text) {
				return line
			}
		case <-limit:
			require.FailNow(r.t, "nobody said "+text)
		}
	}
}

// ask posts to the simulator and returns the answer.
func (r *running) ask(method, path, body string) string {
	r.t.Helper()
	request, err := http.NewRequestWithContext(r.t.Context(), method, "http://"+r.address+path, strings.NewReader(body))
	require.NoError(r.t, err)
	request.Close = true
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	require.NoError(r.t, err)
	defer func() { _ = response.Body.Close() }()
	data, err := io.ReadAll(response.Body)
	require.NoError(r.t, err)
	require.Equal(r.t, http.StatusOK, response.StatusCode, string(data))
	return string(data)
}

func (r *running) anomalies() string {
	r.t.Helper()
	return r.ask(http.MethodPost, "/anomify/anomalies", `{"data":{"token":"`+simulator.DefaultAnomifyToken+`"}}`)
}

func TestSimulate_TellsTheStoryAndServes(t *testing.T) {
	t.Parallel()
	r := start(t)
	require.Equal(t, "  anodot           http://"+r.address+"/anodot", r.until("anodot "))
	r.until("An ordinary morning")
	require.Contains(t, r.ask(http.MethodGet, "/control/healthz", ""), "ok")
}

func TestSimulate_HoldsUntilItIsStarted(t *testing.T) {
	t.Parallel()
	r := start(t, "--hold")
	r.until("waiting for POST /control/start")
	require.Empty(t, r.lines, "nothing has happened yet")
	r.ask(http.MethodPost, "/control/start", "")
	r.until("An ordinary morning")
}

func TestSimulate_HoldingCanBeInterrupted(t *testing.T) {
	t.Parallel()
	start(t, "--hold").until("waiting for POST /control/start")
}

func TestSimulate_NoneServesAnEmptyWorld(t *testing.T) {
	t.Parallel()
	r := start(t, "--scenario", "none")
	require.NotContains(t, r.anomalies(), "metric")
}

func TestSimulate_ReplaysAFolder(t *testing.T) {
	t.Parallel()
	r := start(t, "--replay", recorded(t), "--speed", "1e6")
	r.until("every record has happened")
	require.Contains(t, r.anomalies(), `"a/x"`)
}

func TestSimulate_CountsWhatItReplays(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.NoError(t, execute(ctx, &out, "--replay", recorded(t), "--listen", "127.0.0.1:0"))
	require.Contains(t, out.String(), "anomalies.jsonl                2 records\n")
	require.Contains(t, out.String(), "traffic_minute.csv.gz          1 records\n")
}

func TestSimulate_SlicesEachGroupOfFiles(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for name, test := range map[string]struct {
		args                []string
		detectors, minutely string
	}{
		"both the same":      {[]string{"--from", "2014-01-01T00:05:00Z", "--to", "2015-01-01T00:00:00Z"}, "1", "0"},
		"one by itself":      {[]string{"--from", "2014-01-01T00:05:00Z", "--site", "/2026-01-01T00:00:00Z"}, "1", "1"},
		"each by itself":     {[]string{"--detectors", "2014-01-01T00:00:00Z/2014-01-01T00:10:00Z", "--site", "2026-01-01T00:00:00Z/"}, "1", "0"},
		"a start of its own": {[]string{"--start", "2026-01-01T00:00:00.5Z"}, "2", "1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out strings.Builder
			require.NoError(t, execute(ctx, &out, append(test.args, "--replay", recorded(t), "--listen", "127.0.0.1:0")...))
			require.Contains(t, out.String(), "anomalies.jsonl                "+test.detectors+" records\n")
			require.Contains(t, out.String(), "traffic_minute.csv.gz          "+test.minutely+" records\n")
		})
	}
}

// recorded returns a folder with a few recorded lines.
func recorded(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range map[string]string{
		"anomalies.jsonl": `{"id":"a","metric":"a/x","ts":"2014-01-01T00:00:00Z","value":1,"score":0.5}
{"id":"b","metric":"a/x","ts":"2014-01-01T00:10:00Z","value":2.5,"score":0.9}
`,
		"site_anomalies.jsonl":  "",
		"feedback.jsonl":        "",
		"invalid_traffic.jsonl": "",
	} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600))
	}
	file, err := os.Create(filepath.Join(dir, "traffic_minute.csv.gz"))
	require.NoError(t, err)
	packed := gzip.NewWriter(file)
	_, err = packed.Write([]byte("ts,site,requests,bot,browser,top_country,top_country_requests\n2025-09-27T04:00:00Z,w,377,26,351,BR,164\n"))
	require.NoError(t, err)
	require.NoError(t, packed.Close())
	require.NoError(t, file.Close())
	return dir
}

func execute(ctx context.Context, out io.Writer, args ...string) error {
	command := simulate.NewCommand()
	command.SetArgs(args)
	command.SetOut(out)
	command.SilenceErrors, command.SilenceUsage = true, true
	return command.ExecuteContext(ctx)
}

func TestSimulate_RefusesWrongFlagsAllAtOnce(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		args []string
		want []string
	}{
		"no address":      {[]string{"--listen", "7430"}, []string{`--listen "7430" is no address; write host:port`}},
		"every interface": {[]string{"--listen", ":7430"}, []string{"--listen :7430 is not loopback", "add --insecure"}},
		"another address": {[]string{"--listen", "192.0.2.1:7430"}, []string{"is not loopback"}},
		"scenario":        {[]string{"--scenario", "drama"}, []string{`--scenario "drama": write story, none or the path of a file`}},
		"two plays":       {[]string{"--scenario", "doc.go", "--replay", "x"}, []string{"--scenario FILE and --replay exclude each other"}},
		"no folder":       {[]string{"--from", "2025-09-29T00:00:00Z"}, []string{"name its folder"}},
		"an interval":     {[]string{"--replay", "x", "--site", "2025-09-29T00:00:00Z"}, []string{`--site "2025-09-29T00:00:00Z" is no interval`}},
		"half of one":     {[]string{"--replay", "x", "--detectors", "2025-09-29T00:00:00Z/x"}, []string{"--detectors"}},
		"a start":         {[]string{"--replay", "x", "--start", "soon"}, []string{`--start "soon" is no time`}},
		"not a number":    {[]string{"--replay", "x", "--speed", "NaN"}, []string{"--speed NaN: write a number above 0"}},
		"beyond numbers":  {[]string{"--replay", "x", "--speed", "Inf"}, []string{"--speed +Inf: write a number above 0"}},
		"everything": {
			[]string{"--listen", "[::]:1", "--scenario", "", "--speed", "-1", "--from", "yesterday", "--to", "now"},
			[]string{"--speed -1", `--from "yesterday" is no time`, `--to "now" is no time`, "--replay; name", "--listen [::]:1", `--scenario ""`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := execute(t.Context(), io.Discard, test.args...)
			require.Equal(t, exit.CodeUsage, exit.Code(err))
			text := err.Error()
			for _, want := range test.want {
				_, after, found := strings.Cut(text, want)
				require.True(t, found, "%s in %s", want, text)
				text = after // in this order, whatever a map would do
			}
		})
	}
}

func TestSimulate_InsecureAllowsEveryAddress(t *testing.T) {
	t.Parallel()
	err := execute(t.Context(), io.Discard, "--insecure", "--listen", "0.0.0.0:99999")
	require.ErrorContains(t, err, "listen on 0.0.0.0:99999")
	require.NotContains(t, err.Error(), "--insecure")
}

func TestSimulate_SaysWhatToDoAboutATakenPort(t *testing.T) {
	t.Parallel()
	r := start(t, "--scenario", "none")
	err := execute(t.Context(), io.Discard, "--listen", r.address)
	require.ErrorContains(t, err, "listen on "+r.address)
	require.ErrorContains(t, err, "choose another address with --listen")
	require.Equal(t, exit.CodeFailure, exit.Code(err))
}

func TestSimulate_ABrokenFolderStartsNothing(t *testing.T) {
	t.Parallel()
	dir := recorded(t)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "feedback.jsonl"), []byte("{\n"), 0o600))
	var out strings.Builder
	err := execute(t.Context(), &out, "--replay", dir, "--listen", "127.0.0.1:0")
	require.ErrorContains(t, err, filepath.Join(dir, "feedback.jsonl")+":1: ")
	require.Empty(t, out.String())

	err = execute(t.Context(), &out, "--replay", filepath.Join(dir, "nowhere"))
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestServeAndPlay_EndsWithAPlayThatFails(t *testing.T) {
	t.Parallel()
	var listenConfig net.ListenConfig
	listener, err := listenConfig.Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	broken := errors.New("the play broke")
	err = simulate.ServeAndPlay(t.Context(), simulator.New(simulator.Options{}), listener, func(context.Context) error { return broken })
	require.ErrorIs(t, err, broken)
}

// Whoever follows what is printed has a configuration that works.
func TestSimulate_PrintsTheCredentialsThatTheExampleReads(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.NoError(t, execute(ctx, &out, "--scenario", "none", "--listen", "127.0.0.1:0"))
	exported := map[string]string{}
	for line := range strings.Lines(out.String()) {
		if assignment, ok := strings.CutPrefix(strings.TrimSpace(line), "export "); ok {
			name, value, _ := strings.Cut(assignment, "=")
			exported[name] = value
		}
	}
	require.Len(t, exported, 5)
	cfg, err := config.Load("../../../deploy/signalbox.yaml", func(name string) (string, bool) {
		value, ok := exported[name]
		return value, ok
	})
	require.NoError(t, err)
	require.Empty(t, cfg.Warnings, "rules are there too")
	requireSamples(t, cfg)
}

// deploy/trial.yaml is a configuration for the simulator as it starts.
func TestTrial_CallsTheSimulatorWithItsSamples(t *testing.T) {
	t.Parallel()
	cfg, err := config.Load("../../../deploy/trial.yaml", func(string) (string, bool) { return "", false })
	require.NoError(t, err)
	require.Empty(t, cfg.Warnings)
	requireSamples(t, cfg)
	listen := simulate.NewCommand().Flags().Lookup("listen").DefValue
	for _, source := range cfg.Sources {
		require.Contains(t, source.BaseURL, "http://"+listen+"/")
	}
	set, err := router.LoadRules(cfg)
	require.NoError(t, err)
	require.Len(t, set.Rules(), 3)
}

// requireSamples wants an account of each vendor with the credential that the
// simulator accepts.
func requireSamples(t *testing.T, cfg config.Config) {
	t.Helper()
	held := map[eventv1.Vendor]string{}
	for _, source := range cfg.Sources {
		held[source.Vendor] = source.Credential.Reveal()
	}
	require.Equal(t, map[eventv1.Vendor]string{
		eventv1.Vendor_VENDOR_ANODOT: simulator.DefaultAnodotRefreshToken, eventv1.Vendor_VENDOR_ANOMIFY: simulator.DefaultAnomifyToken,
		eventv1.Vendor_VENDOR_ANURA: simulator.DefaultAnuraToken, eventv1.Vendor_VENDOR_ANALYTICS: simulator.DefaultAnalyticsKey,
		eventv1.Vendor_VENDOR_SECURE_REPORTER: simulator.DefaultSecureReporterToken,
	}, held)
}

func TestHelp_NamesEveryFaultAndVendor(t *testing.T) {
	t.Parallel()
	help := simulate.NewCommand().Long
	for _, kind := range fault.Kinds() {
		require.Regexp(t, `\b`+string(kind)+`\b`, help)
	}
	for _, vendor := range []string{anodot.Name, anomify.Name, anura.Name, securereporter.Name, analytics.Name} {
		require.Contains(t, help, vendor)
	}
	for _, field := range reflect.VisibleFields(reflect.TypeFor[fault.Fault]()) {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		require.Contains(t, help, name)
	}
}

func TestCommand_CompletesAndHelps(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	require.NoError(t, execute(t.Context(), &out, cobra.ShellCompRequestCmd, "--scenario", ""))
	require.Contains(t, out.String(), "story\nnone\n")
	command := simulate.NewCommand()
	require.NotEmpty(t, command.Example)
	require.Error(t, command.Args(command, []string{"x"}))
}
