package config_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/config"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
)

const webhookFile = `
sources:
  - {name: a, anodot: {base_url: "https://eu.anodot.com", refresh_token: {value: x}, webhook: {path_secret: {env: HOOK}}}}
  - {name: b, anodot: {base_url: "https://eu.anodot.com", refresh_token: {value: x}, webhook: {path_secret: {env: HOOK2}}}}
`

func parseWebhooks(t *testing.T, first, second string, options ...config.Option) (config.Config, error) {
	t.Helper()
	env := func(name string) (string, bool) {
		text := map[string]string{"HOOK": first, "HOOK2": second}[name]
		return text, text != ""
	}
	return config.Parse("f.yaml", []byte(webhookFile), t.TempDir(), env, options...)
}

func TestWebhook_SecretIsReadByWhoeverTakesPushes(t *testing.T) {
	t.Parallel()
	cfg, err := parseWebhooks(t, "0123456789abcdef", "0123456789-ABCDEF_")
	require.NoError(t, err)
	require.Equal(t, "0123456789abcdef", cfg.Sources[0].Anodot.WebhookSecret.Reveal())
	var printed bytes.Buffer
	require.NoError(t, config.Print(&printed, cfg))
	require.Contains(t, printed.String(), "path_secret")
	require.NotContains(t, printed.String(), "0123456789")

	none := config.WithCredentials(func(eventv1.Vendor, bool) bool { return false })
	cfg, err = parseWebhooks(t, "", "", none)
	require.NoError(t, err, "who takes no pushes need not have it")
	require.True(t, cfg.Sources[0].Anodot.WebhookSecret.IsEmpty())
	_, err = parseWebhooks(t, "", "0123456789abcdef", none, config.WithWebhooks())
	require.ErrorContains(t, err, "f.yaml:3:")
	require.ErrorContains(t, err, "HOOK is not set")
}

func TestWebhook_SecretThatCannotBeOneIsRefused(t *testing.T) {
	t.Parallel()
	for _, secret := range []string{"too-short", "0123456789abcdef/x", "0123456789abcdef?x", "0123456789 abcdef"} {
		_, err := parseWebhooks(t, secret, "0123456789abcdef")
		require.ErrorContains(t, err, "16 to 128 letters", secret)
		require.NotContains(t, err.Error(), secret)
	}
	_, err := parseWebhooks(t, "0123456789abcdef", "0123456789abcdef")
	require.ErrorContains(t, err, "that of the webhook on line 3 too")
}
