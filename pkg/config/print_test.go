package config_test

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/config"
)

const references = "../../deploy/reference.yaml"

func referenceEnvironment() func(string) (string, bool) {
	return environment("ANODOT_REFRESH_TOKEN", "hunter2", "ANOMIFY_TOKEN", "hunter2", "ANURA_TOKEN", "hunter2",
		"SECURE_REPORTER_TOKEN", "hunter2", "ANALYTICS_KEY", "hunter2")
}

func TestReference_IsWhatTheRepositoryShows(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	require.NoError(t, config.Reference(&out))
	golden(t, references, out.String())
}

func TestReference_SaysWhatItWouldDoWithoutSayingIt(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	require.NoError(t, config.Reference(&out))
	dir := t.TempDir()
	full, err := config.Parse("reference.yaml", []byte(out.String()), dir, referenceEnvironment())
	require.NoError(t, err)
	require.Len(t, full.Sources, 5)

	short, err := config.Parse("f.yaml", []byte(minimal), dir, referenceEnvironment())
	require.NoError(t, err)
	full.Sources, short.Sources = full.Sources[4:], short.Sources[:1]
	full.Sources[0].Credential, short.Sources[0].Credential = config.Secret{}, config.Secret{}
	require.Empty(t, cmp.Diff(short, full, cmp.AllowUnexported(config.Secret{})))
}

func TestPrint_ReadsBackAsTheSameWithoutSecrets(t *testing.T) {
	t.Parallel()
	for name, file := range map[string]string{
		"reference": references,
		"example":   "../../deploy/signalbox.yaml",
		"others":    "testdata/others.yaml",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data, err := os.ReadFile(file)
			require.NoError(t, err)
			dir := t.TempDir()
			cfg, err := config.Parse(file, data, dir, referenceEnvironment())
			require.NoError(t, err)

			var out strings.Builder
			require.NoError(t, config.Print(&out, cfg))
			require.NotContains(t, out.String(), "hunter2")
			require.Contains(t, out.String(), "[redacted]")

			again, err := config.Parse("printed.yaml", []byte(out.String()), dir, environment())
			require.NoError(t, err, out.String())
			for i := range cfg.Sources {
				cfg.Sources[i].Credential, again.Sources[i].Credential = config.Secret{}, config.Secret{}
			}
			cfg.Warnings, again.Warnings = nil, nil
			again.Rules, again.RulePatterns = cfg.Rules, cfg.RulePatterns
			location := cmp.Transformer("location", func(r config.Report) string { return r.Name + r.Location.String() })
			require.Empty(t, cmp.Diff(cfg, again, location, cmp.AllowUnexported(config.Secret{})))
		})
	}
}
