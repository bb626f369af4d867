package webhook

import (
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"time"

	"github.com/signalbox-io/signalbox/pkg/config"
	"github.com/signalbox-io/signalbox/pkg/poll"
)

// account is one source that is pushed to.
type account struct {
	source string
	// digest of the secret: digests are as long as each other, so that comparing
	// them does not tell how long the secret is.
	digest [sha256.Size]byte
	secret config.Secret
	labels *poll.Expressions
	rate   *bucket
}

func newAccount(source config.Source, now time.Time) (*account, error) {
	labels, err := poll.CompileLabels(source.Labels)
	if err != nil {
		return nil, fmt.Errorf("take pushes of source %q: %w", source.Name, err)
	}
	secret := source.Anodot.WebhookSecret
	return &account{
		source: source.Name, digest: sha256.Sum256([]byte(secret.Reveal())), secret: secret,
		labels: labels, rate: newBucket(now),
	}, nil
}

// name is the account's in metrics; a push to no account has none.
func (a *account) name() string {
	if a == nil {
		return ""
	}
	return a.source
}

// account returns the account of the secret, nil for none. It looks at each of
// them, however early it has found the right one.
func (r *Receiver) account(secret string) *account {
	digest := sha256.Sum256([]byte(secret))
	var found *account
	for _, a := range r.accounts {
		if subtle.ConstantTimeCompare(digest[:], a.digest[:]) == 1 {
			found = a
		}
	}
	return found
}
