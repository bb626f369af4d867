package anodot

import (
	"context"
	"crypto/rand"
	"net"
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
	defaultLimit      = 500
	alertsLimit       = 500
	feedbackLimit     = 50
	streamReadLimit   = 10
	streamWriteLimit  = 1
	streamDeleteLimit = 15
)

// The limits of endpoints that the reference of today has and the one of these
// pages has not.
const (
	metricsLimit   = 5000
	anomaliesLimit = 1000
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
	// DataCollectionKey is the one that is accepted with metrics; empty accepts
	// none.
	DataCollectionKey string
	// TriggeredGroups lists firings in groups, as older accounts do.
	TriggeredGroups bool
	// AnomalyPagingMax is how many anomalies can be paged through; 0 means 1000.
	AnomalyPagingMax int
	// Dial opens connections to webhooks; nil means the network.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// BudgetClock is the one by which calls are counted, which goes right where
	// the account's is wrong; nil means the account's.
	BudgetClock func() time.Time
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
	sources    shelf
	streams    shelf
	channels   shelf
	triggers   shelf
	anomalies  shelf
	events     shelf
	webhooks   []Webhook
	totals     map[string]map[string]int
	samples    []Sample
}

// New returns an account without alerts and feedback.
func New(options Options, now func() time.Time, log *record.Log) *Vendor {
	if options.TokenLifetime == 0 {
		options.TokenLifetime = DefaultTokenLifetime
	}
	if options.RateLimitStatus == 0 {
		options.RateLimitStatus = rateLimitStatus
	}
	if options.AnomalyPagingMax == 0 {
		options.AnomalyPagingMax = anomalyPagingMax
	}
	if options.BudgetClock == nil {
		options.BudgetClock = now
	}
	v := &Vendor{
		options: options,
		now:     now,
		log:     log,
		mux:     http.NewServeMux(),
		budgets: map[string]*budget.Window{
			"default":       budget.New(defaultLimit),
			"alerts":        budget.New(alertsLimit),
			"feedback":      budget.New(feedbackLimit),
			"stream_read":   budget.New(streamReadLimit),
			"stream_write":  budget.New(streamWriteLimit),
			"stream_delete": budget.New(streamDeleteLimit),
			"metrics":       budget.New(metricsLimit),
			"anomalies":     budget.New(anomaliesLimit),
		},
		totals:     map[string]map[string]int{},
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
	v.mux.HandleFunc("POST /api/v1/metrics", v.takeMetrics)
	for pattern, handler := range v.endpoints() {
		v.mux.HandleFunc(pattern, v.authorized(handler))
	}
	v.mux.HandleFunc("/", v.unknownPath)
	return v
}

// endpoints are those that ask for an access token, besides alerts and feedback
// as they are read, paused and resumed.
func (v *Vendor) endpoints() map[string]http.HandlerFunc {
	return map[string]http.HandlerFunc{
		"POST /api/v2/alerts":                             v.createAlert,
		"PUT /api/v2/alerts/{id}":                         v.updateAlert,
		"DELETE /api/v2/alerts/{id}":                      v.deleteAlert,
		"GET /api/v2/alerts/triggered":                    v.listTriggers,
		"POST /api/v2/feedbacks":                          v.createFeedback,
		"GET /api/v2/bc/data-sources":                     v.listSources,
		"GET /api/v2/bc/data-sources/find":                v.findSources,
		"GET /api/v2/bc/data-sources/{id}":                v.getSource,
		"GET /api/v2/bc/data-streams":                     v.listStreams,
		"POST /api/v2/bc/data-streams":                    v.createStream,
		"GET /api/v2/bc/data-streams/find":                v.findStreams,
		"GET /api/v2/bc/data-streams/{id}":                v.getStream,
		"PUT /api/v2/bc/data-streams/{id}":                v.updateStream,
		"DELETE /api/v2/bc/data-streams/{id}":             v.deleteStream,
		"PUT /api/v2/bc/data-streams/{id}/state/{action}": v.setStream,
		"GET /api/v2/bc/data-streams/metrics/total":       v.countMetrics,
		"GET /api/v2/channels":                            v.listChannels,
		"POST /api/v2/channels/webhook":                   v.createWebhook,
		"GET /api/v2/anomalies":                           v.listAnomalies,
		"POST /api/v2/user-events":                        v.createEvent,
		"PUT /api/v2/user-events":                         v.updateEvent,
		"POST /api/v2/user-events/execute":                v.executeEvents,
		"GET /api/v2/user-events/{id}":                    v.getEvent,
		"DELETE /api/v2/user-events/{id}":                 v.deleteEvent,
	}
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
	now := v.options.BudgetClock()
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
	case path == "/api/v1/metrics":
		return "metrics"
	case path == "/api/v2/anomalies":
		return "anomalies"
	case strings.HasPrefix(path, "/api/v2/bc/data-streams"):
		return streamClass(r.Method)
	case path == "/api/v2/alerts", strings.HasPrefix(path, "/api/v2/alerts/"), strings.HasPrefix(path, "/api/alerts/"):
		return "alerts"
	default:
		return "default"
	}
}

func streamClass(method string) string {
	switch method {
	case http.MethodGet:
		return "stream_read"
	case http.MethodDelete:
		return "stream_delete"
	default:
		return "stream_write"
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
