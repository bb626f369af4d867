package adaptertest

import (
	"bytes"
	"context"
	"io"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/health"
	"github.com/signalbox-io/signalbox/pkg/rpc"
)

// Read is one read of an adapter on a bench of its own.
type Read struct {
	// New returns the bench whose vendor answers with handler. What the vendor
	// needs besides (an access token) is the handler's wrapper's business.
	New func(t *testing.T, handler http.Handler) *Bench
	// Call makes the call.
	Call func(ctx context.Context, b *Bench) error
	// Secrets are texts that nobody may see.
	Secrets []string
	// Statuses are what HTTP statuses mean at this vendor, where that is not
	// the usual.
	Statuses map[int]Failure
}

// Answer returns a handler that answers with the status and the body.
func Answer(code int, body string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(code)
		_, _ = io.WriteString(w, body)
	})
}

// Vanish is a vendor that takes the request and closes the connection.
func Vanish(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	if connection, _, err := http.NewResponseController(w).Hijack(); err == nil {
		_ = connection.Close()
	}
}

// Exercise shows that a read survives every hostile answer with an error that
// says what it is, and gives away no secret.
func (r Read) Exercise(t *testing.T) {
	t.Helper()
	answers := hostileAnswers()
	answers["echo"] = Answer(http.StatusOK, `{"hello":"`+strings.Join(r.Secrets, " and ")+`"}`)
	for name, answer := range answers {
		t.Run("hostile/"+name, func(t *testing.T) {
			t.Parallel()
			b := r.New(t, answer)
			r.expect(t, b, BadAnswer())
			require.Equal(t, health.StateOK, b.SourceState(t).State)
		})
	}
	for code, want := range r.statuses() {
		t.Run("status/"+http.StatusText(code), func(t *testing.T) {
			t.Parallel()
			r.exerciseStatus(t, code, want)
		})
	}
	t.Run("no answer", func(t *testing.T) {
		t.Parallel()
		r.expect(t, r.New(t, http.HandlerFunc(Vanish)), Unavailable())
	})
}

// exerciseStatus lets the vendor echo every secret together with the status.
func (r Read) exerciseStatus(t *testing.T, code int, want Failure) {
	t.Helper()
	echo := `{"error":"about ` + strings.Join(r.Secrets, " and ") + `"}`
	b := r.New(t, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		w.Header().Set("Retry-After", "120")
		Answer(code, echo).ServeHTTP(w, req)
	}))
	err := r.Call(t.Context(), b)
	b.Expect(t, err, want, r.Secrets...)
	require.Equal(t, strconv.Itoa(code), rpc.Metadata(err)["http_status"])
	if want == RateLimited() {
		require.Equal(t, "120000", rpc.Metadata(err)["retry_after_ms"])
	}
	if want == CredentialRefused() {
		require.Equal(t, health.StateFailing, b.SourceState(t).State)
	}
}

func (r Read) expect(t *testing.T, b *Bench, want Failure) {
	t.Helper()
	b.Expect(t, r.Call(t.Context(), b), want, r.Secrets...)
}

func hostileAnswers() map[string]http.Handler {
	texts := map[string]string{
		"nothing": "",
		"html":    "<!DOCTYPE html><html><title>Sign in</title></html>",
		"half":    `{"data":{"anomalies":[{"id":1`,
		"garbage": "\x00\x01\xff\xfe\x80",
		"number":  "42",
		"text":    `"fine"`,
		"null":    "null",
		"other":   `{"hello":"world"}`,
		"deep":    strings.Repeat("[", 20_000),
	}
	answers := map[string]http.Handler{"50 MB": http.HandlerFunc(fiftyMegabytes)}
	for name, body := range texts {
		answers[name] = Answer(http.StatusOK, body)
	}
	return answers
}

func fiftyMegabytes(w http.ResponseWriter, _ *http.Request) {
	chunk := bytes.Repeat([]byte(" "), 1<<20)
	for range 50 {
		if _, err := w.Write(chunk); err != nil {
			return
		}
	}
}

func (r Read) statuses() map[int]Failure {
	usual := map[int]Failure{
		http.StatusBadRequest:          Refused(),
		http.StatusUnauthorized:        CredentialRefused(),
		http.StatusForbidden:           Refused(),
		http.StatusNotFound:            NotFound(),
		http.StatusTooManyRequests:     RateLimited(),
		http.StatusInternalServerError: Unavailable(),
	}
	maps.Copy(usual, r.Statuses)
	return usual
}

// ExerciseBudget shows that an account makes so many calls in a minute and no
// more: the next one is refused before the vendor sees it, because it could
// not go before its deadline.
func ExerciseBudget(t *testing.T, b *Bench, calls int, call func(context.Context, *Bench) error) {
	t.Helper()
	for range calls {
		require.NoError(t, call(t.Context(), b))
	}
	asked := b.Calls()
	soon, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	b.Expect(t, call(soon, b), RateLimited())
	require.Equal(t, asked, b.Calls())
}
