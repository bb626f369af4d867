package anura

import (
	"crypto/subtle"
	"encoding/json"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// Name is the vendor's name in logs, faults and paths.
const Name = "anura"

// Options shape a simulated Anura account.
type Options struct {
	// Token is the Reporting API token. Required.
	Token string
	// TokenExpires is when the token runs out; zero means never.
	TokenExpires time.Time
}

// Vendor is one simulated Anura account. It is safe for concurrent use.
type Vendor struct {
	options Options
	now     func() time.Time
	mux     *http.ServeMux

	mu        sync.Mutex
	instances []Instance
	counts    map[cell]tally
	raws      []*rawReport
}

// New returns an account without instances.
func New(options Options, now func() time.Time) *Vendor {
	v := &Vendor{
		options: options,
		now:     now,
		mux:     http.NewServeMux(),
		counts:  map[cell]tally{},
	}
	v.mux.HandleFunc("POST /v1/interface/instances", v.authorized(v.listInstances))
	v.mux.HandleFunc("POST /v1/interface/sources", v.authorized(v.listSources))
	v.mux.HandleFunc("POST /v1/interface/campaigns", v.authorized(v.listCampaigns))
	for _, p := range []product{direct, script} {
		v.mux.HandleFunc("POST /v1/"+string(p)+"/overview", v.authorized(v.overview(p)))
		for _, d := range dimensions() {
			v.mux.HandleFunc("POST /v1/"+string(p)+"/"+d.name, v.authorized(v.report(p, d)))
		}
	}
	v.mux.HandleFunc("POST /v1/raw/request", v.authorized(v.requestRaw))
	v.mux.HandleFunc("POST /v1/raw/table", v.authorized(v.listRaw))
	v.mux.HandleFunc("POST /v1/raw/report", v.authorized(v.describeRaw))
	v.mux.HandleFunc("POST /v1/raw/download/{id}", v.linkRaw)
	v.mux.HandleFunc("GET /v1/raw/file/{id}", v.serveRaw)
	v.mux.HandleFunc("/", v.unknownPath)
	return v
}

// ServeHTTP answers one call to the account.
func (v *Vendor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	v.mux.ServeHTTP(w, r)
}

// handler answers a call whose parameters have been read.
type handler func(w http.ResponseWriter, asked parameters)

func (v *Vendor) authorized(next handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		asked, err := readParameters(r)
		if err != nil {
			writeError(w, http.StatusBadRequest, err.Error())
			return
		}
		if subtle.ConstantTimeCompare([]byte(asked.text("token")), []byte(v.options.Token)) != 1 {
			writeError(w, http.StatusBadRequest, "token is missing, incomplete or invalid")
			return
		}
		if expires := v.options.TokenExpires; !expires.IsZero() && !v.now().Before(expires) {
			v.Refuse(w, r)
			return
		}
		next(w, asked)
	}
}

func (v *Vendor) unknownPath(w http.ResponseWriter, _ *http.Request) {
	v.Fail(w, http.StatusNotFound)
}

// Refuse answers as to a token that may not see the resource.
func (v *Vendor) Refuse(w http.ResponseWriter, _ *http.Request) {
	writeError(w, http.StatusUnauthorized, "token is not authorized to access the requested resource")
}

// LimitRate answers 429; the vendor documents no limit, but what stands before
// its servers may have one.
func (v *Vendor) LimitRate(w http.ResponseWriter, retryAfter time.Duration) {
	w.Header().Set("Retry-After", strconv.Itoa(int(retryAfter/time.Second)))
	v.Fail(w, http.StatusTooManyRequests)
}

// Fail answers the status in the vendor's error shape.
func (v *Vendor) Fail(w http.ResponseWriter, status int) {
	writeError(w, status, http.StatusText(status))
}

// Expire answers as to a token that has run out: there is no way to renew one.
func (v *Vendor) Expire(w http.ResponseWriter, r *http.Request) {
	v.Refuse(w, r)
}

// Charge does nothing: no limit is documented.
func (v *Vendor) Charge(*http.Request) {}

func writeError(w http.ResponseWriter, status int, message string) {
	writeJSON(w, status, errorAnswer{Error: message})
}

func writeJSON(w http.ResponseWriter, status int, answer any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	// The client may have gone; there is nobody left to tell.
	_ = json.NewEncoder(w).Encode(answer)
}
