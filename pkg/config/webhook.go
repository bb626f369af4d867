package config

import (
	"regexp"

	configv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/config/v1"
)

// pathSecret is what a path can end in as it is, and what nobody guesses.
var pathSecret = regexp.MustCompile(`^[A-Za-z0-9_-]{16,128}$`)

// webhookSecret reads the secret of a webhook's path. It says whose a push is,
// so two accounts cannot have the same.
func (c *checker) webhookSecret(path string, m *configv1.Secret) Secret {
	secret := c.secret(path, m)
	if secret.IsEmpty() {
		return secret // told already
	}
	if !pathSecret.MatchString(secret.Reveal()) {
		c.document.Report(path, "the secret is no end of a path; take 16 to 128 letters, digits, - and _, such as openssl rand -hex 24 gives")
	}
	if line, taken := c.pushes[secret]; taken {
		c.document.Report(path, "the secret is that of the webhook on line %d too; give each account its own", line)
	}
	if c.pushes == nil {
		c.pushes = map[Secret]int{}
	}
	c.pushes[secret] = c.document.Line(path)
	return secret
}
