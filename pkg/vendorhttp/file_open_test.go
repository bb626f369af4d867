package vendorhttp_test

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/vendorhttp"
)

// elsewhere serves files at another host, whose name is not the vendor's.
func elsewhere(t *testing.T, handler http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return strings.Replace(server.URL, "127.0.0.1", "localhost", 1)
}

func answer0(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) }

func halfOf(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Length", "100")
	_, _ = io.WriteString(w, "PK")
}

func sized(n int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", strconv.Itoa(n))
		w.WriteHeader(http.StatusOK)
	}
}

func endless(w http.ResponseWriter, r *http.Request) {
	for r.Context().Err() == nil {
		if _, err := w.Write(make([]byte, 32<<10)); err != nil {
			return
		}
	}
}

func redirectTo(place string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", place)
		w.WriteHeader(http.StatusTemporaryRedirect)
	}
}

// TestFetch_FollowsALinkWithoutAReferrerOrACookie shows that nothing tells the
// next place of the one before.
func TestFetch_FollowsALinkWithoutAReferrerOrACookie(t *testing.T) {
	t.Parallel()
	v := newVendor(t, func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "session", Value: "1"})
		if r.URL.Path == "/first" {
			http.Redirect(w, r, "/second", http.StatusFound)
			return
		}
		_, _ = fmt.Fprint(w, slices.Sorted(maps.Keys(r.Header)))
	})
	parts, err := v.fetch(t, v.link("/first"))
	require.NoError(t, err)
	require.Equal(t, "[Connection User-Agent]", string(parts[0].Content))
}

func TestFetch_KeepsToPublicAddressesAwayFromTheVendorsHost(t *testing.T) {
	t.Parallel()
	v := newVendor(t, text(http.StatusOK, ""))
	_, err := v.fetch(t, elsewhere(t, text(http.StatusOK, "the inside"))+"?"+signed)
	require.True(t, vendorhttp.IsKind(err, vendorhttp.BadAnswer), "%v", err)
	require.ErrorContains(t, err, "not public")
	other := httptest.NewServer(text(http.StatusOK, "another service of the vendor's machine"))
	t.Cleanup(other.Close)
	_, err = v.fetch(t, other.URL+"?"+signed)
	require.ErrorContains(t, err, "not public", "another port is another host")
	for _, link := range []string{"", "\x00", "ftp://a/" + signed, "//a/" + signed, "https:///" + signed} {
		_, err := v.fetch(t, link)
		require.True(t, vendorhttp.IsKind(err, vendorhttp.BadAnswer), "%q: %v", link, err)
	}
}

func TestFetch_DoesNotGiveUpEncryption(t *testing.T) {
	t.Parallel()
	v := newVendor(t, text(http.StatusOK, ""), func(o *vendorhttp.Options) { o.BaseURL = "https://127.0.0.1" })
	_, err := v.fetch(t, v.link("/"))
	require.ErrorContains(t, err, "leads to http, and base_url is of https")
	require.Zero(t, v.calls.Load())
}
