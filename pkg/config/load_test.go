package config_test

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/config"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
)

// minimal says only what has no default.
const minimal = `
sources:
  - name: website
    analytics: {base_url: https://analytics.example.com/api/v2/, api_key: {env: ANALYTICS_KEY}}
`

func TestParse_FillsInTheDefaults(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(dir, "rules"), 0o700))
	for _, name := range []string{"b.yaml", "a.yaml", "notes.txt"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "rules", name), nil, 0o600))
	}

	cfg, err := config.Parse("f.yaml", []byte(minimal), dir, environment("ANALYTICS_KEY", "hunter2\n"))

	require.NoError(t, err)
	require.Equal(t, "hunter2", cfg.Sources[0].Credential.Reveal())
	cfg.Sources[0].Credential = config.Secret{}
	require.Equal(t, config.Config{
		DataDir: filepath.Join(dir, "data"),
		NATS:    config.NATS{Listen: "127.0.0.1:4222", Replicas: 1, Encoding: "protobuf", Sync: time.Second},
		GRPC:    config.Listen{Address: "127.0.0.1:7420"},
		HTTP:    config.Listen{Address: "127.0.0.1:7421"},
		Sources: []config.Source{{
			Name: "website", Vendor: eventv1.Vendor_VENDOR_ANALYTICS,
			BaseURL: "https://analytics.example.com/api/v2",
			Poll:    config.Poll{Every: time.Minute, Slowest: 4 * time.Minute, LookBack: time.Hour, Overlap: 10 * time.Minute},
			Adapter: "127.0.0.1:7420", Timeout: 30 * time.Second, Sites: []string{"all"},
		}},
		Rules: []string{filepath.Join(dir, "rules", "a.yaml"), filepath.Join(dir, "rules", "b.yaml")},

		RulePatterns: []string{filepath.Join(dir, "rules", "*.yaml")},
		Engine:       config.Engine{MaxLateness: time.Hour, MaxKeysPerRule: 1_000_000},
		Safety:       config.Safety{MaxPausedPercent: 20, MaxActionsPerHour: 60},
		Query:        config.Query{SQLitePath: filepath.Join(dir, "data", "query.db"), Retention: 90 * 24 * time.Hour},
		Log:          config.Log{Level: slog.LevelInfo, Format: "text"},
		Notify:       config.Notify{SubjectPrefix: "signalbox.notify"},
		Leases:       config.Leases{ReconcileEvery: time.Minute},
		Actions:      config.Actions{GiveUpAfter: 15 * time.Minute, GiveUpOthersAfter: 24 * time.Hour},
	}, cfg)
}

func TestParse_ReadsWhatNoRuleMayDo(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]config.Safety{
		"{max_paused_alerts: 5}":        {MaxPausedAlerts: 5, MaxActionsPerHour: 60},
		"{max_paused_alerts: '7'}":      {MaxPausedAlerts: 7, MaxActionsPerHour: 60},
		"{max_paused_alerts: 1%}":       {MaxPausedPercent: 1, MaxActionsPerHour: 60},
		"{max_paused_alerts: \"100%\"}": {MaxPausedPercent: 100, MaxActionsPerHour: 60},
		"{max_actions_per_hour: 3, never: {ids: [a], titles: ['Revenue*'], severities: [critical], labels: [tier:1]}}": {
			MaxPausedPercent: 20, MaxActionsPerHour: 3,
			Never: config.Never{IDs: []string{"a"}, Titles: []string{"Revenue*"}, Severities: []string{"critical"}, Labels: []string{"tier:1"}},
		},
	} {
		cfg, err := config.Parse("f.yaml", []byte(minimal+"safety: "+text), t.TempDir(), environment("ANALYTICS_KEY", "x"))
		require.NoError(t, err, text)
		require.Equal(t, want, cfg.Safety, text)
	}
}

func TestRuleFiles_LooksAgain(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	named, folder := filepath.Join(dir, "named.yaml"), filepath.Join(dir, "*.y*ml")
	_, err := config.RuleFiles([]string{named, folder, "["})
	require.ErrorContains(t, err, "there is no rules file "+named)
	require.ErrorContains(t, err, "is no pattern of paths")
	other := filepath.Join(dir, "a.yml")
	for _, file := range []string{named, other} {
		require.NoError(t, os.WriteFile(file, nil, 0o600))
	}
	files, err := config.RuleFiles([]string{named, folder})
	require.NoError(t, err)
	require.Equal(t, []string{other, named}, files)
}

func TestParse_AnuraHasDefaultsOfItsOwn(t *testing.T) {
	t.Parallel()
	cfg, err := config.Parse("f.yaml", []byte(`
grpc: {listen: "127.0.0.1:0"}
sources:
  - name: anura-main
    anura: {base_url: https://api.anura.io/v1, token: {env: T}}
    poll: {every: 7m}
    adapter: adapter-anura:7420
`), t.TempDir(), environment("T", "x"))
	require.NoError(t, err)
	source := cfg.Sources[0]
	require.Equal(t, 5*time.Minute, source.Timeout)
	require.Equal(t, []string{"all"}, source.Instances)
	require.Equal(t, 14*time.Minute, source.Poll.Overlap)
	require.Equal(t, 28*time.Minute, source.Poll.Slowest)
	require.True(t, source.RemoteAdapter)
	require.Equal(t, "adapter-anura:7420", source.Adapter)
	require.Len(t, cfg.Warnings, 1)
	require.Contains(t, cfg.Warnings[0], "no rules file matches")
}

func TestParse_TellsEveryProblemAtOnceWithItsPlace(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("testdata/wrong.yaml")
	require.NoError(t, err)

	_, err = config.Parse("wrong.yaml", data, "/etc/signalbox", environment("EMPTY", " "))

	var problems config.Errors
	require.ErrorAs(t, err, &problems)
	golden(t, "testdata/wrong.golden", err.Error()+"\n")
	require.NotContains(t, err.Error(), "hunter2")
}

func TestParse_OneProblemEach(t *testing.T) {
	t.Parallel()
	source := func(text string) string { return "sources:\n  - " + strings.ReplaceAll(text, "\n", "\n    ") }
	anura := func(text string) string {
		return source("name: a\nanura: {base_url: \"https://x\", token: {env: T}}\n" + text)
	}
	for name, test := range map[string]struct{ data, want string }{
		"empty file":          {"", "f.yaml:1:1: sources: there is no vendor account"},
		"a list":              {"- a", "f.yaml:1:1: expected settings"},
		"syntax":              {"grpc:\n  listen: [\nhttp: {", "is not YAML"},
		"tab":                 {"grpc:\n\tlisten: a", "f.yaml:2:1: this is not YAML"},
		"unknown alias":       {"grpc: *hunter2", "expected quotes around a text that begins with *"},
		"second document":     {minimal + "---\na: 1", "a second document begins"},
		"unknown key":         {minimal + "grcp: {}", "f.yaml:5:1: grcp: there is no such key; expected one of data_dir, nats, grpc"},
		"duplicate key":       {minimal + "log: {}\nlog: {}", "f.yaml:6:1: log: the key stands here twice, first on line 5"},
		"wrong type":          {minimal + "nats: {replicas: three}", "f.yaml:5:18: nats.replicas: expected a whole number, got a text"},
		"flag as text":        {minimal + "grpc: {insecure: yes}", "grpc.insecure: expected true or false, got a text"},
		"list of settings":    {"sources: {name: a}", "sources: expected a list"},
		"settings as text":    {minimal + "grpc: 127.0.0.1:1", "f.yaml:5:7: grpc: expected settings ({listen, insecure}), got a text"},
		"duration, no unit":   {anura("poll: {every: 60}"), `sources[0].poll.every: "60" is no duration`},
		"duration, bad unit":  {anura("poll: {every: 1w}"), `"1w" is no duration`},
		"below Anura's":       {anura("poll: {every: 59s}"), "59s is below 1m, the shortest interval of anura"},
		"slower than slowest": {anura("poll: {every: 5m, slowest: 4m}"), "poll.slowest: 4m is below 5m, which is poll.every; raise it"},
		"no name":             {source(`anura: {base_url: "https://x", token: {env: T}}`), "f.yaml:2:5: sources[0].name: the source has no name"},
		"no vendor":           {source("name: a"), "f.yaml:2:5: sources[0]: the source has no vendor"},
		"two vendors":         {anura(`anomify: {base_url: "https://x", token: {env: T}}`), "f.yaml:4:5: sources[0].anomify: anura is set already"},
		"no base_url":         {source("name: a\nanura: {token: {env: T}}"), "sources[0].anura.base_url: the vendor's address is missing"},
		"no token":            {source("name: a\nanura: {base_url: \"https://x\"}"), "sources[0].anura.token: the credential is missing"},
		"base_url with user":  {source("name: a\nanura: {base_url: \"https://u:p@x\", token: {env: T}}"), "credentials do not belong into an address"},
		"base_url with query": {source("name: a\nanura: {base_url: \"https://x?token=1\", token: {env: T}}"), "an address ends with its path"},
		"variable not set":    {source("name: a\nanura: {base_url: \"https://x\", token: {env: U}}"), "f.yaml:3:49: sources[0].anura.token.env: the environment variable U is not set"},
		"line break":          {source("name: a\nanura: {base_url: \"https://x\", token: {env: BREAK}}"), "the secret holds a line break"},
		"all and another":     {source("name: a\nanura: {base_url: \"https://x\", token: {env: T}, instances: [all, 1]}"), "all stands alone"},
		"no product":          {source("name: a\nanura: {base_url: \"https://x\", token: {env: T}, reports: [networks]}"), `sources[0].anura.reports[0]: "networks" is of no product`},
		"no report":           {source("name: a\nanura: {base_url: \"https://x\", token: {env: T}, reports: [direct/overview, script/names]}"), `sources[0].anura.reports[1]: "script/names" is no report; write script/ and one of overview, `},
		"report twice":        {source("name: a\nanura: {base_url: \"https://x\", token: {env: T}, reports: [direct/devices, direct/devices]}"), `"direct/devices" is there already`},
		"url and embedded":    {minimal + "nats: {url: \"nats://x:4222\", embedded: {}}", "nats.url: nats.embedded is set too"},
		"embedded, 3 copies":  {minimal + "nats: {replicas: 3}", "an embedded server is alone"},
		"no credentials file": {minimal + "nats: {url: \"nats://x:4222\", credentials_file: c}", "there is no file"},
		"no interval":         {minimal + "nats: {embedded: {sync: often}}", "nats.embedded.sync: \"often\" is neither always nor a duration"},
		"too rare":            {minimal + "nats: {embedded: {sync: 1h}}", "not between 100ms and 10m"},
		"events too long":     {minimal + "nats: {streams: {events: {max_age: 100d}}}", "100d is longer than 90d"},
		"stream too short":    {minimal + "nats: {streams: {dead: {max_age: 1m}}}", "nats.streams.dead.max_age: 1m is below 1h"},
		"no amount":           {minimal + "nats: {streams: {dead: {max_bytes: much}}}", "\"much\" is no amount"},
		"amount too small":    {minimal + "nats: {streams: {dead: {max_bytes: 1KiB}}}", "1KiB is below 64 MiB"},
		"zero copies":         {minimal + "nats: {replicas: 0}", "0 copies are not possible"},
		"reachable":           {minimal + "grpc: {listen: \":7420\"}", "write grpc.insecure: true"},
		"reachable bus":       {minimal + "nats: {embedded: {listen: \"[::]:4222\"}}", "nats.embedded.insecure: true"},
		"same address":        {minimal + "http: {listen: \"127.0.0.1:7420\"}", "is the address of grpc.listen too"},
		"no reports":          {source("name: a\nsecure_reporter: {base_url: \"https://x\", token: {env: T}}"), "there is no report to read"},
		"label":               {anura("labels:\n  site: |-\n    event.source ==\n    (nobody)"), "f.yaml:7:10: sources[0].labels.site: "},
		"missing rules file":  {minimal + "rules: [a.yaml]", "rules[0]: there is no rules file"},
		"bad glob":            {minimal + "rules: ['[']", "is no pattern of paths"},
		"prefix":              {minimal + "notify: {subject_prefix: a..b}", "is no subject"},
		"a wide prefix":       {minimal + "notify: {subject_prefix: signalbox}", "is too wide"},
		"lateness":            {minimal + "engine: {max_lateness: -1h}", "-1h is not longer than nothing"},
		"reorder backwards":   {minimal + "engine: {reorder: -1s}", "f.yaml:5:19: engine.reorder: -1s is not between 0s"},
		"reorder for days":    {minimal + "engine: {reorder: 2d}", "2d is not between 0s, for not at all, and 1d"},
		"no keys":             {minimal + "engine: {max_keys_per_rule: 0}", "0 is no number of keys"},
		"paused, no number":   {minimal + "safety: {max_paused_alerts: many}", `f.yaml:5:29: safety.max_paused_alerts: "many" is neither`},
		"paused, a fraction":  {minimal + "safety: {max_paused_alerts: 2.5%}", "write such as 5 or 20%"},
		"paused, none":        {minimal + "safety: {max_paused_alerts: 0%}", "write such as 5 or 20%"},
		"paused, too many":    {minimal + "safety: {max_paused_alerts: 101%}", "101% is more than all of them"},
		"no actions":          {minimal + "safety: {max_actions_per_hour: 0}", "0 is no number of actions"},
		"never, severity":     {minimal + "safety: {never: {severities: [low, urgent]}}", `safety.never.severities[1]: "urgent" is none of critical`},
		"never, nothing":      {minimal + "safety: {never: {titles: ['']}}", "safety.never.titles[0]: the text is empty"},
		"inputs":              {minimal + "notify: {subject_prefix: signalbox.input}", "belongs to a stream of its own"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := config.Parse("f.yaml", []byte(test.data), t.TempDir(),
				environment("ANALYTICS_KEY", "x", "T", "x", "BREAK", "a\nb"))
			var problems config.Errors
			require.ErrorAs(t, err, &problems)
			require.Contains(t, err.Error(), test.want)
			require.Len(t, problems, 1, err.Error())
			require.NotContains(t, err.Error(), "hunter2")
		})
	}
}

func TestParse_TrustedNetworksAreSaidInPlainWords(t *testing.T) {
	t.Parallel()
	cfg, err := config.Parse("f.yaml", []byte(`
nats: {url: "nats://nats:4222,tls://other:4222", replicas: 3, encoding: json, streams: {events: {max_age: 7d, max_bytes: 20GiB}}}
grpc: {listen: ":7420", insecure: true}
http: {listen: "0.0.0.0:7421", insecure: true}
sources:
  - {name: a, anomify: {base_url: "http://simulator:8080", token: {value: x}, insecure: true}}
  - {name: b, anomify: {base_url: "http://localhost:8080", token: {value: x}}}
  - {name: c, anomify: {base_url: "http://[::1]:8080", token: {value: x}}, poll: {every: 5s}}
`), t.TempDir(), environment())
	require.NoError(t, err)
	require.Len(t, cfg.Sources, 3)
	require.Empty(t, cfg.NATS.Listen)
	require.Equal(t, 3, cfg.NATS.Replicas)
}

func TestParse_NeverTellsASecret(t *testing.T) {
	t.Parallel()
	const secret = "hunter2hunter2"
	for name, account := range map[string]string{
		"inline, rest wrong":   "token: {value: %s}, base_url: 1, x: 2",
		"inline, other key":    "base_url: 'https://x', token: {value: %s, valu: %s}",
		"text instead":         "base_url: 'https://x', token: %s",
		"quoted":               "base_url: 'ftp://x', token: {value: \"%s\"}",
		"list instead":         "base_url: 'https://x', token: [%s]",
		"flag instead":         "base_url: 'https://x', token: {value: {a: %s}}",
		"as variable":          "base_url: 'https://x', token: {env: '%s with blanks'}",
		"misspelled":           "base_url: 'https://x', tokn: {value: %s}",
		"misspelled over two":  "base_url: 'https://x', tokn:\n        %s",
		"block":                "base_url: 'https://x', token: {value: \"a\n\n        %s\"}, y: 1",
		"in the address":       "base_url: 'http://u:%s@x', token: {env: T}",
		"in a bad address":     "base_url: '://u:%s@x', token: {env: T}",
		"unclosed":             "base_url: 'https://x', token: {value: %s",
		"begins like an alias": "base_url: 'https://x', token: {value: *%s}",
		"begins like a tag":    "base_url: 'https://x', token: {value: !%s}",
		"begins like nothing":  "base_url: 'https://x', token: {value: @%s}",
		"twice":                "base_url: 'https://x', token: {value: a}, token: {value: %s}",
		"with control":         "base_url: 'https://x', token: {value: \"%s\\n\"}",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data := "sources:\n  - name: a\n    anura: {" + strings.ReplaceAll(account, "%s", secret) + "}\n"
			_, err := config.Parse("f.yaml", []byte(data), t.TempDir(), environment("T", "x"))
			require.Error(t, err)
			require.NotContains(t, err.Error(), secret)
		})
	}
}

// Settings in the wrong place are of unknown meaning, so they are not shown.
func TestParse_NeverTellsWhatStandsInTheWrongPlace(t *testing.T) {
	t.Parallel()
	const secret = "hunter2hunter2"
	source := func(text string) string { return "sources:\n  - " + text }
	for name, data := range map[string]string{
		"list instead of settings": "- token: %s",
		"text instead of settings": "%s",
		"settings, not a list":     "sources: {name: a, anura: {token: %s}}",
		"text as source":           "sources: [%s]",
		"list as account":          source("anura: [{token: %s}]"),
		"text as account":          source("anura: %s"),
		"settings as name":         source("name: {token: %s}"),
		"list as duration":         source("poll: {every: [%s]}"),
		"text as labels":           source("labels: %s"),
		"list as variable":         source("anura: {base_url: 'https://x', token: {env: [%s]}}"),
		"settings as file":         source("anura: {base_url: 'https://x', token: {file: {a: %s}}}"),
		"secret as variable":       source("anura: {base_url: 'https://x', token: {env: %s}}"),
		"secret as empty variable": source("anura: {base_url: 'https://x', token: {env: empty_%s}}"),
		"secret as key":            source("anura: {base_url: 'https://x', token: {%s, %s, %s: 1}}"),
		"settings as key":          "sources:\n  ? {token: %s}\n  : x",
		"user with a slash":        "nats: {url: 'nats://bob:a/%s@h:4222', replicas: 2}",
		"user without a scheme":    "nats: {url: 'bob:%s@h:4222', replicas: 2}",
		"user of a vendor":         source("anura: {base_url: 'https://u:a/%s@x', token: {env: T}}"),
		"query of a vendor":        source("anura: {base_url: 'https://x?token=%s', token: {env: T}}"),
		"fragment of a vendor":     source("anura: {base_url: 'https://x/#%s', token: {env: T}}"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data := strings.ReplaceAll(data, "%s", secret)
			_, err := config.Parse("f.yaml", []byte(data), t.TempDir(), environment("T", "x", "empty_"+secret, ""))
			require.Error(t, err)
			require.NotContains(t, err.Error(), secret)
		})
	}
}

func TestParse_SecretFilesAreReadFromTheFilesFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "token"), []byte("hunter2 \n\n"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "large"), make([]byte, 100_000), 0o600))
	parse := func(file string) (config.Config, error) {
		data := fmt.Sprintf("sources: [{name: a, anomify: {base_url: 'https://x', token: {file: %s}}}]", file)
		return config.Parse("f.yaml", []byte(data), dir, environment())
	}

	cfg, err := parse("token")
	require.NoError(t, err)
	require.Equal(t, "hunter2", cfg.Sources[0].Credential.Reveal())
	_, err = parse("large")
	require.ErrorContains(t, err, "too large for a secret")
	_, err = parse("nowhere")
	require.ErrorContains(t, err, "no such file")
}

// A process needs the credentials of the adapters that it runs, no others.
func TestParse_ReadsOnlyTheCredentialsThatAreNeeded(t *testing.T) {
	t.Parallel()
	file := []byte(`sources:
  - {name: a, anodot: {base_url: "https://app.anodot.com", refresh_token: {env: NOT_HERE}}}
  - {name: b, anura: {base_url: "https://api.anura.io/v1", token: {env: HERE}}}
`)
	env := func(name string) (string, bool) { return "text", name == "HERE" }
	_, err := config.Parse("signalbox.yaml", file, t.TempDir(), env)
	require.ErrorContains(t, err, "NOT_HERE is not set")

	cfg, err := config.Parse("signalbox.yaml", file, t.TempDir(), env,
		config.WithCredentials(func(vendor eventv1.Vendor, remote bool) bool {
			require.False(t, remote)
			return vendor == eventv1.Vendor_VENDOR_ANURA
		}))
	require.NoError(t, err)
	require.True(t, cfg.Sources[0].Credential.IsEmpty())
	require.Equal(t, "text", cfg.Sources[1].Credential.Reveal())
}

func TestParse_AliasesCannotMakeAFileLarge(t *testing.T) {
	t.Parallel()
	data := "sources:\n  - &a {name: a, labels: {" + strings.Repeat("k: x, ", 2000) + "}}\n" + strings.Repeat("  - *a\n", 2000)
	_, err := config.Parse("f.yaml", []byte(data), t.TempDir(), environment())
	require.ErrorContains(t, err, "use fewer aliases")
}

func TestLoad_SaysWhatToDoWithoutAFile(t *testing.T) {
	t.Parallel()
	_, err := config.Load(filepath.Join(t.TempDir(), "none.yaml"), environment())
	require.ErrorIs(t, err, os.ErrNotExist)
	require.ErrorContains(t, err, "--config")
}

func FuzzParse(f *testing.F) {
	data, err := os.ReadFile("testdata/wrong.yaml")
	require.NoError(f, err)
	f.Add(data)
	f.Add([]byte(minimal))
	f.Add([]byte("sources: [{name: a, anura: {token: {value: hunter2}}}]"))
	f.Add([]byte("a: &a [*a]\n---\n"))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, data []byte) {
		cfg, err := config.Parse("f.yaml", data, dir, environment("ANALYTICS_KEY", "hunter2hunter2"))
		if err != nil {
			require.NotContains(t, err.Error(), "hunter2hunter2")
			return
		}
		var out strings.Builder
		require.NoError(t, config.Print(&out, cfg))
		require.NotContains(t, out.String(), "hunter2hunter2")
	})
}
