package anodot

import (
	"encoding/base64"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/config"
	"github.com/signalbox-io/signalbox/pkg/vendorhttp"
)

func TestLifeOf(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_800_000_000, 0)
	for claims, want := range map[string]time.Duration{
		`{"iat":1553685899,"exp":1556277899}`: 24 * time.Hour, // the document's sample: 30 days
		`{"iat":1800000000,"exp":1800003600}`: time.Hour,
		`{"iat":1700000000,"exp":1700003600}`: time.Hour, // the vendor's clock is years behind
		`{"exp":1800000060}`:                  time.Minute,
		`{"exp":1700000000}`:                  24 * time.Hour,
		`{"iat":5,"exp":1}`:                   24 * time.Hour,
		`{"exp":"soon"}`:                      24 * time.Hour,
		`{}`:                                  24 * time.Hour,
		`no JSON`:                             24 * time.Hour,
	} {
		token := "e30." + base64.RawURLEncoding.EncodeToString([]byte(claims)) + ".c2ln"
		require.Equal(t, want, lifeOf(token, now), claims)
	}
	for _, token := range []string{"opaque", "a.!.c", "a.b.c.d"} {
		require.Equal(t, 24*time.Hour, lifeOf(token, now), token)
	}
}

// keeper returns a keeper at a vendor that numbers its tokens, or refuses with
// the status in refusal.
func keeper(t *testing.T) (k *tokenKeeper, refusal *atomic.Int32) {
	t.Helper()
	var issued atomic.Int32
	refusal = &atomic.Int32{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if status := refusal.Load(); status != 0 {
			w.WriteHeader(int(status))
			return
		}
		_, _ = fmt.Fprintf(w, "%q", fmt.Sprintf("token-%d", issued.Add(1)))
	}))
	t.Cleanup(server.Close)
	metrics, err := vendorhttp.NewMetrics(prometheus.NewRegistry())
	require.NoError(t, err)
	source := config.Source{Credential: config.NewSecret("refresh-token")}
	opts := options(source)
	opts.BaseURL, opts.Logger, opts.Metrics = server.URL, slog.New(slog.DiscardHandler), metrics
	h, err := vendorhttp.New(opts)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, h.Close()) })
	return newTokenKeeper(source.Credential, h), refusal
}

func TestGet_RefreshesFiveMinutesEarly(t *testing.T) {
	t.Parallel()
	k, _ := keeper(t)
	token, err := k.get(t.Context(), "")
	require.NoError(t, err)
	require.Equal(t, "token-1", token)
	require.WithinDuration(t, time.Now().Add(24*time.Hour), k.endsAt, time.Minute)
	require.Equal(t, 5*time.Minute, k.endsAt.Sub(k.refreshAt))

	k.refreshAt = time.Now().Add(-time.Second)
	token, err = k.get(t.Context(), "")
	require.NoError(t, err)
	require.Equal(t, "token-2", token)
}

func TestGet_KeepsAValidTokenWhileTheVendorCannotReplaceIt(t *testing.T) {
	t.Parallel()
	k, refusal := keeper(t)
	_, err := k.get(t.Context(), "")
	require.NoError(t, err)
	refusal.Store(http.StatusNotFound)
	k.refreshAt = time.Now().Add(-time.Second)
	token, err := k.get(t.Context(), "")
	require.NoError(t, err)
	require.Equal(t, "token-1", token)

	_, err = k.get(t.Context(), "token-1")
	require.True(t, vendorhttp.IsKind(err, vendorhttp.NotFound), "a refused token is not kept: %v", err)
	k.endsAt = time.Now().Add(-time.Second)
	_, err = k.get(t.Context(), "")
	require.True(t, vendorhttp.IsKind(err, vendorhttp.NotFound), "a token that has ended is not kept: %v", err)
}

func TestGet_TriesARefusedRefreshTokenAgainAfterFiveMinutes(t *testing.T) {
	t.Parallel()
	k, refusal := keeper(t)
	refusal.Store(http.StatusUnauthorized)
	_, err := k.get(t.Context(), "")
	require.True(t, vendorhttp.IsKind(err, vendorhttp.CredentialRefused), "%v", err)
	refusal.Store(0)
	_, err = k.get(t.Context(), "")
	require.True(t, vendorhttp.IsKind(err, vendorhttp.CredentialRefused), "%v", err)
	require.WithinDuration(t, time.Now().Add(5*time.Minute), k.againAt, time.Minute)

	k.againAt = time.Now().Add(-time.Second)
	token, err := k.get(t.Context(), "")
	require.NoError(t, err)
	require.Equal(t, "token-1", token)
}
