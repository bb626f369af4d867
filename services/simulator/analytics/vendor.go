package analytics

import (
	"crypto/subtle"
	"encoding/json"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/signalbox-io/signalbox/services/simulator/budget"
	"github.com/signalbox-io/signalbox/services/simulator/record"
)

// Name is the vendor's name in logs, faults and paths.
const Name = "analytics"

// callsPerMinute is the documented limit of one API key.
const callsPerMinute = 100

// Options shape a simulated Analytics Platform.
type Options struct {
	// APIKey is the one that is accepted. Required.
	APIKey string
	// BudgetClock is the one by which calls are counted, which goes right where
	// the platform's is wrong; nil means the platform's.
	BudgetClock func() time.Time
}

// Vendor is one simulated Analytics Platform. It is safe for concurrent use.
type Vendor struct {
	options Options
	now     func() time.Time
	log     *record.Log
	mux     *http.ServeMux
	budget  *budget.Window

	mu    sync.Mutex
	sites []*site
}

// New returns a platform without sites.
func New(options Options, now func() time.Time, log *record.Log) *Vendor {
	if options.BudgetClock == nil {
		options.BudgetClock = now
	}
	v := &Vendor{
		options: options,
		now:     now,
		log:     log,
		mux:     http.NewServeMux(),
		budget:  budget.New(callsPerMinute),
	}
	v.mux.HandleFunc("GET /api/v2/sites", v.authorized(v.listSites))
	v.mux.HandleFunc("GET /api/v2/sites/{id}/stats", v.authorized(v.stats))
	v.mux.HandleFunc("GET /api/v2/sites/{id}/realtime", v.authorized(v.realtime))
	v.mux.HandleFunc("GET /api/v2/sites/{id}/events", v.authorized(v.events))
	v.mux.HandleFunc("GET /api/v2/sites/{id}/pageviews", v.authorized(v.pageviews))
	v.mux.HandleFunc("/", v.unknownPath)
	return v
}

// ServeHTTP answers one call to the platform.
func (v *Vendor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	v.mux.ServeHTTP(w, r)
}

// authorized lets calls through that carry the API key and keep within its
// limit, and tells the caller how the limit stands.
func (v *Vendor) authorized(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		given := []byte(r.Header.Get("Authorization"))
		if subtle.ConstantTimeCompare(given, []byte("Bearer "+v.options.APIKey)) != 1 {
			v.Refuse(w, r)
			return
		}
		balance := v.charge()
		wait := balance.Reset.Sub(v.options.BudgetClock())
		w.Header().Set("X-RateLimit-Limit", strconv.Itoa(balance.Limit))
		w.Header().Set("X-RateLimit-Remaining", strconv.Itoa(balance.Remaining))
		w.Header().Set("X-RateLimit-Reset", strconv.FormatInt(v.now().Add(wait).UnixMilli(), 10))
		if !balance.Allowed {
			v.LimitRate(w, wait)
			return
		}
		next(w, r)
	}
}

// Charge counts a call that the platform does not get to see.
func (v *Vendor) Charge(*http.Request) {
	v.charge()
}

func (v *Vendor) charge() budget.Balance {
	now := v.options.BudgetClock()
	balance := v.budget.Take(now)
	if !balance.Allowed {
		v.log.AddExcess(record.Excess{Time: now, Vendor: Name, Class: "api_key", LimitPerMinute: balance.Limit})
	}
	return balance
}

func (v *Vendor) unknownPath(w http.ResponseWriter, _ *http.Request) {
	v.Fail(w, http.StatusNotFound)
}

// Refuse answers as to a wrong API key, in the documentation's words.
func (v *Vendor) Refuse(w http.ResponseWriter, _ *http.Request) {
	writeError(w, http.StatusUnauthorized, "Unauthorized — provide a valid API key")
}

// LimitRate answers as to a call beyond the limit.
func (v *Vendor) LimitRate(w http.ResponseWriter, retryAfter time.Duration) {
	seconds := max(1, int((retryAfter+time.Second-1)/time.Second))
	w.Header().Set("Retry-After", strconv.Itoa(seconds))
	writeError(w, http.StatusTooManyRequests, "Rate limit exceeded — wait and retry")
}

// Fail answers the status in the vendor's error shape.
func (v *Vendor) Fail(w http.ResponseWriter, status int) {
	writeError(w, status, http.StatusText(status))
}

// Expire answers as to a key that has been withdrawn: there is no way to renew
// one.
func (v *Vendor) Expire(w http.ResponseWriter, r *http.Request) {
	v.Refuse(w, r)
}

func writeError(w http.ResponseWriter, status int, message string) {
	writeJSON(w, status, errorAnswer{Error: message})
}

func writeJSON(w http.ResponseWriter, status int, answer any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	// The client may have gone; there is nobody left to tell.
	_ = json.NewEncoder(w).Encode(answer)
}
