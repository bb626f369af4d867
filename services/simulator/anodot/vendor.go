package anodot

import (
	"crypto/rand"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/signalbox-io/signalbox/services/simulator/budget"
	"github.com/signalbox-io/signalbox/services/simulator/record"
)

// Name is the vendor's name in logs, faults and paths.
const Name = "anodot"

// The documented limits, in calls per minute.
const (
	defaultLimit  = 500
	alertsLimit   = 500
	feedbackLimit = 50
)

// DefaultTokenLifetime is how long an access token works, as documented.
const DefaultTokenLifetime = 24 * time.Hour

// Options shape a simulated Anodot account.
type Options struct {
	// RefreshToken is the one that is accepted. Required.
	RefreshToken string
	// TokenLifetime is how long an access token works; 0 means
	// [DefaultTokenLifetime]. It is held to the second.
	TokenLifetime time.Duration
	// RateLimitStatus is the status of an answer beyond a limit; 0 means 400.
	RateLimitStatus int
}

// Vendor is one simulated Anodot account. It is safe for concurrent use.
type Vendor struct {
	options Options
	now     func() time.Time
	log     *record.Log
	mux     *http.ServeMux
	budgets map[string]*budget.Window

	mu         sync.Mutex
	signingKey []byte
	alerts     []Alert
	feedbacks  []Feedback
}

// New returns an account without alerts and feedback.
func New(options Options, now func() time.Time, log *record.Log) *Vendor {
	if options.TokenLifetime == 0 {
		options.TokenLifetime = DefaultTokenLifetime
	}
	if options.RateLimitStatus == 0 {
		options.RateLimitStatus = rateLimitStatus
	}
	v := &Vendor{
		options: options,
		now:     now,
		log:     log,
		mux:     http.NewServeMux(),
		budgets: map[string]*budget.Window{
			"default":  budget.New(defaultLimit),
			"alerts":   budget.New(alertsLimit),
			"feedback": budget.New(feedbackLimit),
		},
		signingKey: newSigningKey(),
	}
	v.mux.HandleFunc("POST /api/v2/access-token", v.accessToken)
	v.mux.HandleFunc("GET /api/v2/alerts", v.authorized(v.listAlerts))
	// The reference's request for one alert has no v2 in its path, all its
	// neighbours have.
	v.mux.HandleFunc("GET /api/alerts/{id}", v.authorized(v.getAlert))
	v.mux.HandleFunc("GET /api/v2/alerts/{id}", v.authorized(v.getAlert))
	v.mux.HandleFunc("POST /api/v2/alerts/{id}/pause", v.authorized(v.pauseAlert))
	v.mux.HandleFunc("POST /api/v2/alerts/{id}/resume", v.authorized(v.resumeAlert))
	v.mux.HandleFunc("GET /api/v2/feedbacks", v.authorized(v.getFeedbacks))
	v.mux.HandleFunc("/", v.unknownPath)
	return v
}

// ServeHTTP answers one call to the account.
func (v *Vendor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	v.mux.ServeHTTP(w, r)
}

// authorized lets calls through that carry a working access token and keep
// within the account's limits.
func (v *Vendor) authorized(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !v.acceptsToken(r) {
			v.Refuse(w, r)
			return
		}
		if !v.charge(r) {
			v.LimitRate(w, 0)
			return
		}
		next(w, r)
	}
}

// Charge counts a call that the account does not get to see.
func (v *Vendor) Charge(r *http.Request) {
	v.charge(r)
}

func (v *Vendor) charge(r *http.Request) bool {
	class := classOf(r)
	now := v.now()
	balance := v.budgets[class].Take(now)
	if !balance.Allowed {
		v.log.AddExcess(record.Excess{Time: now, Vendor: Name, Class: class, LimitPerMinute: balance.Limit})
	}
	return balance.Allowed
}

func classOf(r *http.Request) string {
	switch path := r.URL.Path; {
	case path == "/api/v2/feedbacks" && r.Method == http.MethodGet:
		return "feedback"
	case path == "/api/v2/alerts", strings.HasPrefix(path, "/api/v2/alerts/"), strings.HasPrefix(path, "/api/alerts/"):
		return "alerts"
	default:
		return "default"
	}
}

// Expire ends every access token issued so far, then answers the call.
func (v *Vendor) Expire(w http.ResponseWriter, r *http.Request) {
	v.ExpireTokens()
	v.ServeHTTP(w, r)
}

// ExpireTokens ends every access token issued so far. The refresh token goes
// on working.
func (v *Vendor) ExpireTokens() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.signingKey = newSigningKey()
}

func newSigningKey() []byte {
	key := make([]byte, 32)
	// rand.Read never fails.
	_, _ = rand.Read(key)
	return key
}
