package vendorhttp_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/vendorhttp"
)

const secret = "hunter2-0123456789abcdef"

// buffer is a log that may be written from several goroutines.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

type vendor struct {
	url      string
	client   *vendorhttp.Client
	calls    atomic.Int32
	log      *buffer
	registry *prometheus.Registry
}

// newVendor returns a client of a server that answers with handler.
func newVendor(t *testing.T, handler http.HandlerFunc, change ...func(*vendorhttp.Options)) *vendor {
	t.Helper()
	v := &vendor{log: &buffer{}, registry: prometheus.NewRegistry()}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v.calls.Add(1)
		handler(w, r)
	}))
	t.Cleanup(server.Close)
	v.url = server.URL
	metrics, err := vendorhttp.NewMetrics(v.registry)
	require.NoError(t, err)
	opts := vendorhttp.Options{
		Vendor: "acme", Source: "acme-prod", BaseURL: server.URL, Timeout: 5 * time.Second,
		Budgets: []vendorhttp.Budget{{Name: "all", Calls: 100}}, DataDir: t.TempDir(),
		Redactor: vendorhttp.NewRedactor(secret), Metrics: metrics,
		Logger: slog.New(slog.NewTextHandler(v.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	for _, apply := range change {
		apply(&opts)
	}
	v.client, err = vendorhttp.New(opts)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, v.client.Close()) })
	return v
}

func get(path string) vendorhttp.Request {
	return vendorhttp.Request{
		Operation: "read", Method: http.MethodGet, Path: path, Budgets: []string{"all"}, Idempotent: true,
	}
}

func effect() vendorhttp.Request {
	return vendorhttp.Request{
		Operation: "change", Method: http.MethodPost, Path: "/thing/pause", Budgets: []string{"all"}, Effect: true,
	}
}

func (v *vendor) failure(t *testing.T, req vendorhttp.Request) *vendorhttp.Error {
	t.Helper()
	_, err := v.client.Do(t.Context(), req)
	var failure *vendorhttp.Error
	require.ErrorAs(t, err, &failure)
	return failure
}

// metric returns the values of a metric, each behind its labels.
func (v *vendor) metric(t *testing.T, name string, labels ...string) []string {
	t.Helper()
	families, err := v.registry.Gather()
	require.NoError(t, err)
	var lines []string
	for _, family := range families {
		if family.GetName() != name {
			continue
		}
		for _, metric := range family.GetMetric() {
			values := map[string]string{}
			for _, pair := range metric.GetLabel() {
				values[pair.GetName()] = pair.GetValue()
			}
			var words []string
			for _, label := range labels {
				words = append(words, values[label])
			}
			value := metric.GetCounter().GetValue() + metric.GetGauge().GetValue()
			lines = append(lines, strings.Join(append(words, strconv.FormatFloat(value, 'g', -1, 64)), " "))
		}
	}
	return lines
}

func text(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// vanish takes the request and closes the connection without an answer.
func vanish(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	if connection, _, err := http.NewResponseController(w).Hijack(); err == nil {
		_ = connection.Close()
	}
}

func TestDo_ReadsAreRepeatedUntilTheyWork(t *testing.T) {
	t.Parallel()
	var n atomic.Int32
	v := newVendor(t, func(w http.ResponseWriter, r *http.Request) {
		switch n.Add(1) {
		case 1:
			vanish(w, r)
		case 2:
			text(http.StatusInternalServerError, `{"error":"oops"}`)(w, r)
		default:
			text(http.StatusOK, `{"value":7}`)(w, r)
		}
	})
	var into struct {
		Value int `json:"value"`
	}
	req := get("/thing")
	req.Into = &into
	_, err := v.client.Do(t.Context(), req)
	require.NoError(t, err)
	require.Equal(t, 7, into.Value)
	require.EqualValues(t, 3, n.Load())
	require.Equal(t, []string{"acme read ok acme-prod 1", "acme read unavailable acme-prod 2"},
		v.metric(t, "signalbox_vendor_requests_total", "vendor", "operation", "outcome", "source"))
}

func TestDo_ReadsAreTriedThreeTimesAtMost(t *testing.T) {
	t.Parallel()
	v := newVendor(t, text(http.StatusBadGateway, "<html>bad gateway</html>"))
	failure := v.failure(t, get("/"))
	require.Equal(t, vendorhttp.Unavailable, failure.Kind)
	require.Equal(t, http.StatusBadGateway, failure.Status)
	require.Equal(t, "read at acme-prod: vendor answered 502: a page of HTML", failure.Error())
	require.EqualValues(t, 3, v.calls.Load())
}

func TestDo_RetryAfterIsNeverCutShort(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusTooManyRequests, http.StatusServiceUnavailable} {
		var first, second time.Time
		v := newVendor(t, func(w http.ResponseWriter, _ *http.Request) {
			if first.IsZero() {
				first = time.Now()
				w.Header().Set("Retry-After", "1")
				w.WriteHeader(status)
				return
			}
			second = time.Now()
		})
		_, err := v.client.Do(t.Context(), get("/"))
		require.NoError(t, err)
		require.GreaterOrEqual(t, second.Sub(first), time.Second)
	}
}

func TestDo_ALongRetryAfterIsTheCallersAndHoldsTheAccount(t *testing.T) {
	t.Parallel()
	v := newVendor(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", time.Now().Add(10*time.Minute).UTC().Format(http.TimeFormat))
		w.WriteHeader(http.StatusTooManyRequests)
	})
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for range 3 {
		_, err := v.client.Do(ctx, get("/"))
		var failure *vendorhttp.Error
		require.ErrorAs(t, err, &failure)
		require.Equal(t, vendorhttp.RateLimited, failure.Kind)
		require.Greater(t, failure.RetryAfter, 9*time.Minute)
	}
	require.EqualValues(t, 1, v.calls.Load(), "nobody calls before the time is over")
}

func TestDo_EffectsAreNeverRepeated(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		handler http.HandlerFunc
		want    vendorhttp.Kind
	}{
		"reset after sending": {vanish, vendorhttp.OutcomeUnknown},
		"server error":        {text(http.StatusInternalServerError, ""), vendorhttp.OutcomeUnknown},
		"gateway timeout":     {text(http.StatusGatewayTimeout, ""), vendorhttp.OutcomeUnknown},
		"not served":          {text(http.StatusServiceUnavailable, ""), vendorhttp.Unavailable},
		"refused":             {text(http.StatusBadRequest, "no"), vendorhttp.Refused},
		"unknown":             {text(http.StatusNotFound, "no"), vendorhttp.NotFound},
		"too many":            {text(http.StatusTooManyRequests, "no"), vendorhttp.RateLimited},
		"moved":               {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/x", http.StatusFound) }, vendorhttp.OutcomeUnknown},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := newVendor(t, test.handler)
			require.Equal(t, test.want, v.failure(t, effect()).Kind)
			require.EqualValues(t, 1, v.calls.Load())
		})
	}
}

func TestDo_AnEffectThatNeverLeftIsNotUnknown(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	v := newVendor(t, text(http.StatusOK, ""), func(o *vendorhttp.Options) { o.BaseURL = server.URL })
	require.Equal(t, vendorhttp.Unavailable, v.failure(t, effect()).Kind)
}

func TestDo_BadAnswers(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ body, want string }{
		"nothing":   {"", "answer is empty where JSON is expected"},
		"spaces":    {" \n", "answer is empty where JSON is expected"},
		"html":      {"<!DOCTYPE html><title>Login</title>", "answer is a page of HTML where JSON is expected"},
		"half":      {`{"value":[1,2,`, "answer is no JSON: it breaks at byte 14 of 14"},
		"garbage":   {"\x00\xff\xfe", "answer is no JSON: it breaks at byte 1 of 4"},
		"two":       {`{} {}`, "answer is no JSON: it breaks at byte 4 of 5"},
		"mismatch":  {`{"value":"` + secret + `"}`, `answer has a JSON string at "value", which does not belong there`},
		"too long":  {strings.Repeat(" ", 2000), "answer is longer than 1000 bytes"},
		"wrongKind": {`[]`, `answer has a JSON array at "", which does not belong there`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := newVendor(t, text(http.StatusOK, test.body), func(o *vendorhttp.Options) { o.MaxAnswer = 1000 })
			var into struct {
				Value int `json:"value"`
			}
			req := get("/")
			req.Into = &into
			failure := v.failure(t, req)
			require.Equal(t, vendorhttp.BadAnswer, failure.Kind)
			require.Equal(t, test.want, failure.Detail)
			require.EqualValues(t, 1, v.calls.Load(), "the same question gets the same answer")
		})
	}
}

func TestDo_AnAnswerThatBreaksOffIsAskedAgain(t *testing.T) {
	t.Parallel()
	var n atomic.Int32
	v := newVendor(t, func(w http.ResponseWriter, r *http.Request) {
		if n.Add(1) == 1 {
			w.Header().Set("Content-Length", "100")
		}
		text(http.StatusOK, `{}`)(w, r)
	})
	_, err := v.client.Do(t.Context(), get("/"))
	require.NoError(t, err)
	require.EqualValues(t, 2, n.Load())
}

func TestDo_FiftyMegabytesAreNotRead(t *testing.T) {
	t.Parallel()
	v := newVendor(t, func(w http.ResponseWriter, _ *http.Request) {
		chunk := bytes.Repeat([]byte("x"), 1<<20)
		for range 50 {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	})
	failure := v.failure(t, get("/"))
	require.Equal(t, vendorhttp.BadAnswer, failure.Kind)
	require.Equal(t, "answer is longer than 8388608 bytes", failure.Detail)
}

func TestDo_IgnoresTheBodyWhereTheStatusSaysItAll(t *testing.T) {
	t.Parallel()
	v := newVendor(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "100")
		text(http.StatusOK, "<html>")(w, r)
	})
	req := effect()
	req.IgnoreBody = true
	_, err := v.client.Do(t.Context(), req)
	require.NoError(t, err)
}

func TestDo_FollowsNoRedirect(t *testing.T) {
	t.Parallel()
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("the credential went to another host")
	}))
	t.Cleanup(elsewhere.Close)
	v := newVendor(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/away":
			http.Redirect(w, r, elsewhere.URL+"/?token="+secret, http.StatusFound)
		case "/report":
			http.Redirect(w, r, "/report/", http.StatusMovedPermanently)
		default:
			text(http.StatusOK, "{}")(w, r)
		}
	})
	require.Equal(t, vendorhttp.BadAnswer, v.failure(t, get("/away")).Kind)
	here := v.failure(t, get("/report"))
	require.Equal(t, vendorhttp.BadAnswer, here.Kind)
	require.Contains(t, here.Detail, "correct base_url")
	require.EqualValues(t, 2, v.calls.Load(), "each redirect would be a call beyond the budget")
}

func TestDo_KeepsNoCookies(t *testing.T) {
	t.Parallel()
	v := newVendor(t, func(w http.ResponseWriter, r *http.Request) {
		if len(r.Cookies()) > 0 {
			w.WriteHeader(http.StatusTeapot)
		}
		http.SetCookie(w, &http.Cookie{Name: "session_id", Value: "anonymous"})
	})
	for range 2 {
		_, err := v.client.Do(t.Context(), get("/"))
		require.NoError(t, err)
	}
}

func TestDo_BreakerOpensAfterFiveFailuresInARow(t *testing.T) {
	t.Parallel()
	v := newVendor(t, text(http.StatusInternalServerError, ""))
	require.Equal(t, vendorhttp.Unavailable, v.failure(t, get("/")).Kind)
	for range 2 {
		open := v.failure(t, get("/"))
		require.Equal(t, vendorhttp.CircuitOpen, open.Kind)
		require.Contains(t, open.Detail, "the last time: ", "whoever looks late learns the cause too")
	}
	require.EqualValues(t, 5, v.calls.Load())
	require.Contains(t, v.log.String(), "vendor circuit breaker changed")
	require.Equal(t, []string{"acme-prod 2"}, v.metric(t, "signalbox_vendor_breaker_state", "source"))
}

func TestDo_ClearAnswersDoNotOpenTheBreaker(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound} {
		v := newVendor(t, text(status, ""))
		for range 8 {
			require.NotEqual(t, vendorhttp.CircuitOpen, v.failure(t, get("/")).Kind)
		}
		require.EqualValues(t, 8, v.calls.Load())
	}
}

func TestDo_OneRequestInFlight(t *testing.T) {
	t.Parallel()
	var now, most atomic.Int32
	v := newVendor(t, func(http.ResponseWriter, *http.Request) {
		most.Store(max(most.Load(), now.Add(1)))
		<-time.After(10 * time.Millisecond)
		now.Add(-1)
	}, func(o *vendorhttp.Options) { o.InFlight = 1 })
	var callers sync.WaitGroup
	for range 5 {
		callers.Go(func() {
			_, err := v.client.Do(t.Context(), get("/"))
			if err != nil {
				t.Error(err)
			}
		})
	}
	callers.Wait()
	require.EqualValues(t, 1, most.Load())
}

func TestDo_WaitsForOtherRequestsOnlyWhileTimeForItsOwnIsLeft(t *testing.T) {
	t.Parallel()
	arrived, released := make(chan struct{}, 2), make(chan struct{})
	release := sync.OnceFunc(func() { close(released) })
	v := newVendor(t, func(http.ResponseWriter, *http.Request) {
		arrived <- struct{}{}
		<-released
	}, func(o *vendorhttp.Options) { o.InFlight, o.Timeout = 1, time.Minute })
	t.Cleanup(release)
	first := make(chan error, 1)
	go func() {
		_, err := v.client.Do(t.Context(), get("/"))
		first <- err
	}()
	<-arrived

	for name, left := range map[string]time.Duration{
		"waits a little": time.Minute + 50*time.Millisecond, "does not wait": 50 * time.Second,
	} {
		ctx, cancel := context.WithTimeout(t.Context(), left)
		_, err := v.client.Do(ctx, get("/"))
		require.NoError(t, ctx.Err(), "%s: told while time is left", name)
		cancel()
		require.True(t, vendorhttp.IsKind(err, vendorhttp.RateLimited), "%s: %v", name, err)
		require.ErrorContains(t, err, "deadline leaves less than the 1m0s of a request")
	}
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(10*time.Millisecond, cancel)
	_, err := v.client.Do(ctx, get("/"))
	require.True(t, vendorhttp.IsKind(err, vendorhttp.Cancelled), "%v", err)
	require.EqualValues(t, 1, v.calls.Load(), "the vendor was asked by none of them")

	release()
	require.NoError(t, <-first)
	ctx, cancel = context.WithTimeout(t.Context(), 50*time.Second)
	defer cancel()
	_, err = v.client.Do(ctx, get("/"))
	require.NoError(t, err, "a free slot is taken, also with less than that left")
}

func TestDo_NoSecretLeaves(t *testing.T) {
	t.Parallel()
	echoes := []http.HandlerFunc{
		text(http.StatusInternalServerError, `{"error":"token `+secret+` is odd"}`),
		text(http.StatusBadRequest, "Authorization: Bearer "+secret+" "+secret[:15]+"…"),
		text(http.StatusForbidden, "eyJhbGciOiJIUzI1NiJ9.eyJkYXRhIjoiMSJ9.c2lnbmF0dXJl"),
		vanish,
		func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://other/?t="+secret, http.StatusFound)
		},
		func(w http.ResponseWriter, _ *http.Request) {
			if connection, _, err := http.NewResponseController(w).Hijack(); err == nil {
				_, _ = io.WriteString(connection, secret+" is not HTTP\r\n\r\n")
				_ = connection.Close()
			}
		},
	}
	for _, handler := range echoes {
		v := newVendor(t, handler)
		req := get("/thing?not=a-query")
		req.Query = map[string][]string{"token": {secret}}
		req.Header = http.Header{"Authorization": {"Bearer " + secret}}
		req.Body = []byte(`{"token":"` + secret + `"}`)
		ctx, spans := traced(t)
		_, err := v.client.Do(ctx, req)
		require.Error(t, err)
		require.NotEmpty(t, spans())
		seen := err.Error() + v.log.String() + spans()
		require.NotContains(t, seen, secret)
		require.NotContains(t, seen, secret[:12])
		require.NotContains(t, seen, "eyJhbGci")
		require.NotContains(t, seen, "token=")
	}
}

func TestDo_AnAnswerThatEchoesASecretIsScrubbed(t *testing.T) {
	t.Parallel()
	v := newVendor(t, text(http.StatusOK, `{"title":"my `+secret+`"}`))
	answer, err := v.client.Do(t.Context(), get("/"))
	require.NoError(t, err)
	require.JSONEq(t, `{"title":"my [redacted]"}`, answer.Body)
}

func TestDo_BudgetIsSharedByRetries(t *testing.T) {
	t.Parallel()
	v := newVendor(t, text(http.StatusInternalServerError, ""),
		func(o *vendorhttp.Options) { o.Budgets = []vendorhttp.Budget{{Name: "all", Calls: 2}} })
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	_, err := v.client.Do(ctx, get("/"))
	var failure *vendorhttp.Error
	require.ErrorAs(t, err, &failure)
	require.Equal(t, vendorhttp.RateLimited, failure.Kind)
	require.EqualValues(t, 2, v.calls.Load())
}

func TestDo_TheCallersEndEndsTheCall(t *testing.T) {
	t.Parallel()
	started, release := make(chan struct{}), make(chan struct{})
	v := newVendor(t, func(http.ResponseWriter, *http.Request) { close(started); <-release })
	defer close(release)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-started; cancel() }()
	_, err := v.client.Do(ctx, get("/"))
	var failure *vendorhttp.Error
	require.ErrorAs(t, err, &failure)
	require.Equal(t, vendorhttp.Cancelled, failure.Kind)
}
