package vendorhttp_test

import (
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/vendorhttp"
)

func TestDo_BytesComeAsTheyAreAndErrorsAboutThemScrubbed(t *testing.T) {
	t.Parallel()
	const picture = "\x89PNG\xff\xfe\x80" + secret
	status, accepted := http.StatusOK, ""
	v := newVendor(t, func(w http.ResponseWriter, r *http.Request) {
		accepted = r.Header.Get("Accept")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, picture)
	})
	req := vendorhttp.Request{
		Operation: "get picture", Method: http.MethodGet, Path: "/", Binary: true,
		Header: http.Header{"Accept": {"image/*"}},
	}
	answer, err := v.client.Do(t.Context(), req)
	require.NoError(t, err)
	require.Equal(t, picture, answer.Body)
	require.Equal(t, "image/*", accepted)

	status = http.StatusBadRequest
	_, err = v.client.Do(t.Context(), req)
	require.ErrorContains(t, err, "vendor answered 400")
	require.NotContains(t, err.Error(), secret)
}
