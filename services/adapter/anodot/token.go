package anodot

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/signalbox-io/signalbox/pkg/config"
	"github.com/signalbox-io/signalbox/pkg/vendorhttp"
)

const (
	// tokenLife is how long the document says that an access token is valid;
	// the token's own exp shortens it and never lengthens it.
	tokenLife = 24 * time.Hour
	// refreshEarly is how long before its end a token is replaced, or a tenth
	// of its life if that is shorter.
	refreshEarly = 5 * time.Minute
	// refusedPause is how long a refresh token that the vendor refused is not
	// tried again.
	refusedPause = 5 * time.Minute
	maxToken     = 16 << 10
)

// tokenKeeper obtains access tokens and keeps the one in use. Of many callers
// that need a token, one asks the vendor and the others wait for what it gets.
type tokenKeeper struct {
	refresh config.Secret
	http    *vendorhttp.Client

	// turn is a lock that a caller can stop waiting for.
	turn      chan struct{}
	value     string
	refreshAt time.Time
	endsAt    time.Time
	refused   *vendorhttp.Error
	againAt   time.Time
}

func newTokenKeeper(refresh config.Secret, h *vendorhttp.Client) *tokenKeeper {
	return &tokenKeeper{refresh: refresh, http: h, turn: make(chan struct{}, 1)}
}

// get returns an access token other than stale, which the vendor has refused;
// stale "" refuses none.
func (k *tokenKeeper) get(ctx context.Context, stale string) (string, error) {
	select {
	case k.turn <- struct{}{}:
		defer func() { <-k.turn }()
	case <-ctx.Done():
		return "", vendorhttp.ContextError(ctx, "waited for an access token")
	}
	now := time.Now()
	if k.value != "" && k.value != stale && now.Before(k.refreshAt) {
		return k.value, nil
	}
	if k.refused != nil && now.Before(k.againAt) {
		return "", k.stillRefused(now)
	}
	token, err := k.obtain(ctx)
	if err != nil && k.value != "" && k.value != stale && now.Before(k.endsAt) {
		return k.value, nil
	}
	return token, err
}

func (k *tokenKeeper) stillRefused(now time.Time) *vendorhttp.Error {
	failure := *k.refused
	failure.RetryAfter = k.againAt.Sub(now)
	return &failure
}

func (k *tokenKeeper) obtain(ctx context.Context) (string, error) {
	body, err := json.Marshal(tokenRequest{RefreshToken: k.refresh.Reveal()})
	if err != nil {
		return "", err
	}
	var token string
	_, err = k.http.Do(ctx, vendorhttp.Request{
		Operation: "access_token", Method: http.MethodPost, Path: "/api/v2/access-token",
		ContentType: contentType, Body: body, Budgets: []string{budgetAll},
		Idempotent: true, Urgent: true, Credential: true,
		Check: func(answer vendorhttp.Answer) *vendorhttp.Error {
			var failure *vendorhttp.Error
			token, failure = tokenOf(answer.Body)
			return failure
		},
	})
	now := time.Now()
	if failure, ok := errors.AsType[*vendorhttp.Error](err); ok && isRefusal(failure) {
		refused := *failure
		refused.Kind = vendorhttp.CredentialRefused
		refused.Detail = "the refresh token is refused (token mismatch)"
		k.value, k.refused, k.againAt = "", &refused, now.Add(refusedPause)
		return "", k.stillRefused(now)
	}
	if err != nil {
		return "", err
	}
	k.http.Redactor().Add(token)
	k.value, k.refused = token, nil
	life := lifeOf(token, now)
	k.endsAt = now.Add(life)
	k.refreshAt = now.Add(life - min(refreshEarly, life/10))
	return token, nil
}

func isRefusal(failure *vendorhttp.Error) bool {
	return failure.Kind == vendorhttp.CredentialRefused || failure.Status == http.StatusForbidden
}

// tokenOf reads an access token in the three forms in which it is known to
// come: a JSON string (the document), an object with the field token
// (responseformat=JSON), and bare text.
func tokenOf(body string) (string, *vendorhttp.Error) {
	body = strings.TrimSpace(body)
	token := body
	switch {
	case strings.HasPrefix(body, `"`):
		if failure := vendorhttp.DecodeJSON(body, &token); failure != nil {
			return "", failure
		}
	case strings.HasPrefix(body, "{"):
		var object tokenAnswer
		if failure := vendorhttp.DecodeJSON(body, &object); failure != nil {
			return "", failure
		}
		token = object.Token
	}
	if token == "" || len(token) > maxToken || strings.ContainsFunc(token, notInToken) {
		return "", vendorhttp.Errorf(vendorhttp.BadAnswer, "answer holds no access token")
	}
	return token, nil
}

// notInToken reports whether r cannot be part of a Bearer token (RFC 6750).
func notInToken(r rune) bool {
	switch {
	case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
		return false
	default:
		return !strings.ContainsRune("-._~+/=", r)
	}
}

// lifeOf returns how long a token obtained at now is valid. A JWT tells it by
// exp less iat, which does not depend on the two clocks agreeing.
func lifeOf(token string, now time.Time) time.Duration {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return tokenLife
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return tokenLife
	}
	var claims struct {
		IssuedAt float64 `json:"iat"`
		Expires  float64 `json:"exp"`
	}
	if json.Unmarshal(payload, &claims) != nil || claims.Expires <= 0 {
		return tokenLife
	}
	seconds := claims.Expires - claims.IssuedAt
	if claims.IssuedAt <= 0 {
		seconds = claims.Expires - float64(now.Unix())
	}
	if seconds <= 0 || seconds >= tokenLife.Seconds() {
		return tokenLife
	}
	return time.Duration(seconds * float64(time.Second))
}
