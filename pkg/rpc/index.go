package rpc

import (
	"net/http"
	"slices"
	"strings"

	"google.golang.org/grpc/codes"
)

// index answers GET / with the pages that there are, but for secret ones, and
// every path that nobody serves with 404 in the form of the API's errors.
func index(routes []Route) http.Handler {
	pages := []string{"/healthz", "/metrics", "/readyz"}
	for _, route := range routes {
		page := route.Pattern[strings.IndexByte(route.Pattern, '/'):]
		if !strings.HasPrefix(page, SecretPrefix) && !slices.Contains(pages, page) {
			pages = append(pages, page)
		}
	}
	slices.Sort(pages)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
			writeJSON(w, http.StatusOK, map[string]any{"name": "signalbox", "pages": pages})
			return
		}
		writeJSON(w, http.StatusNotFound, map[string]any{
			"code": codes.NotFound, "message": "nobody serves " + pathOf(r) + "; GET / names the pages that there are",
		})
	})
}
