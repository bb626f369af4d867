package query_test

import (
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestREST_RefusesParametersItDoesNotKnow(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for path, want := range map[string]struct{ field, message string }{
		"/v1/events?filtre=x":             {"filtre", "filtre: unknown parameter; expected page_size, page_token, filter"},
		"/v1/events?pageSize=1":           {"pageSize", "pageSize: unknown parameter"},
		"/v1/events?filter[x]=1":          {"filter[x]", "unknown parameter"},
		"/v1/events?%ff=1":                {"\uFFFD", "unknown parameter"},
		"/v1/events?page_size=1&x":        {"x", "unknown parameter"},
		"/v1/events?page_size=two":        {"page_size", `"two" is not a whole number`},
		"/v1/events?page_size=":           {"page_size", `"" is not a whole number`},
		"/v1/events?page_size=4294967297": {"page_size", "is not a whole number"},
		"/v1/events?page_size=-1":         {"page_size", "is negative"},
		"/v1/events?filter=a&filter=b":    {"filter", "given 2 times"},
		"/v1/events?filter=%ff":           {"filter", "not valid UTF-8"},
		"/v1/events?page_token=x":         {"page_token", "not a token"},
		"/v1/events/x?id=y":               {"id", "this path takes none"},
		"/v1/events/%ff":                  {"id", "not valid UTF-8"},
		"/v1/sources?filter=true":         {"filter", "this path takes none"},
		"/v1/decisions?order_by=time":     {"order_by", "unknown parameter"},
	} {
		code, body := r.get(path)
		require.Equal(t, http.StatusBadRequest, code, path)
		require.Contains(t, body["message"], want.message, path)
		details := body["details"].([]any)
		require.Len(t, details, 2, path)
		violations := details[1].(map[string]any)["fieldViolations"].([]any)
		require.Equal(t, want.field, violations[0].(map[string]any)["field"], path)
	}
	code, body := r.get("/v1/events?filter=a;b")
	require.Equal(t, http.StatusBadRequest, code)
	require.Contains(t, body["message"], "read the query string")
}

func TestREST_UnknownPathsAndMethods(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, path := range []string{"/v1/", "/v1/rules", "/v1/events/a/b", "/v1/events:follow", "/v1/leases/l1"} {
		code, body := r.get(path)
		require.Equal(t, http.StatusNotFound, code, path)
		require.Contains(t, body["message"], "/v1/decisions", "it says what there is")
	}
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodHead} {
		for _, path := range []string{"/v1/events", "/v1/events:watch", "/v1/nowhere"} {
			response := r.request(t.Context(), method, path)
			_, err := io.Copy(io.Discard, response.Body)
			require.NoError(t, err)
			require.NoError(t, response.Body.Close())
			require.Equal(t, http.StatusMethodNotAllowed, response.StatusCode, "%s %s", method, path)
			require.Equal(t, "GET", response.Header.Get("Allow"))
		}
	}
}
