package pollertest

import (
	"bytes"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
)

// Spoil returns a vendor that answers as the given one, but for what stands in
// its answers to the path in the place of old: bad records, such as no vendor
// that is simulated by the book returns.
func Spoil(vendor http.Handler, path, old, spoiled string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := httptest.NewRecorder()
		vendor.ServeHTTP(answer, r)
		body := answer.Body.Bytes()
		if r.URL.Path == path {
			body = bytes.ReplaceAll(body, []byte(old), []byte(spoiled))
		}
		answer.Header().Del("Content-Length")
		maps.Copy(w.Header(), answer.Header())
		w.WriteHeader(answer.Code)
		// The client may have gone; its test will tell.
		_, _ = io.Copy(w, bytes.NewReader(body))
	})
}
