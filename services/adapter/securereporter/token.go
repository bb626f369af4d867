package securereporter

import (
	"encoding/base64"
	"strings"

	"github.com/signalbox-io/signalbox/pkg/config"
)

// token is an installation's token, kept as the base64 of `name:uuid` that
// travels.
type token struct{ encoded string }

// tokenOf reads a credential in the three forms in which people have it: the
// header's text that the web page copies (`Basic b25l…`), its second half, and
// `name:uuid`.
func tokenOf(credential config.Secret) token {
	text := strings.TrimSpace(credential.Reveal())
	if scheme, rest, ok := strings.Cut(text, " "); ok && strings.EqualFold(scheme, "basic") {
		return token{strings.TrimSpace(rest)}
	}
	if strings.Contains(text, ":") {
		return token{base64.StdEncoding.EncodeToString([]byte(text))}
	}
	return token{text}
}

func (t token) header() string { return "Basic " + t.encoded }

// secrets returns every text that gives the token away: the encoded one, and
// the uuid alone. The name is none; reports list it.
func (t token) secrets() []string {
	secrets := []string{t.encoded}
	if plain, err := base64.StdEncoding.DecodeString(t.encoded); err == nil {
		_, uuid, _ := strings.Cut(string(plain), ":")
		secrets = append(secrets, uuid)
	}
	return secrets
}
