package securereporter

import (
	"crypto/subtle"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/signalbox-io/signalbox/services/simulator/record"
)

// Name is the vendor's name in logs, faults and paths.
const Name = "secure-reporter"

// Options shape a simulated Secure Reporter.
type Options struct {
	// Token is "name:uuid". Required.
	Token string
}

// Vendor is one simulated Secure Reporter. It is safe for concurrent use.
type Vendor struct {
	options Options
	now     func() time.Time
	log     *record.Log
	mux     *http.ServeMux

	mu      sync.Mutex
	reports []*report
	// fields is how many fields there have been.
	fields int
	mails  []Mail
}

// New returns a Secure Reporter without reports.
func New(options Options, now func() time.Time, log *record.Log) *Vendor {
	v := &Vendor{options: options, now: now, log: log, mux: http.NewServeMux()}
	for path, handler := range map[string]http.HandlerFunc{
		"GET /api/call/{report}":     v.callReport,
		"GET /api/choices/{field}":   v.choices,
		"GET /api/server_time":       v.serverTime,
		"GET /api/server_iso_time":   v.serverISOTime,
		"GET /template/{report}":     v.template,
		"POST /report/mail/{report}": v.mail,
	} {
		v.mux.HandleFunc(path+"/{$}", v.authorized(handler))
		// Without this the mux would redirect to the path with the slash.
		v.mux.HandleFunc(path, v.unknownPath)
	}
	v.mux.HandleFunc("GET /report/get/{report}", v.authorized(v.definition))
	v.mux.HandleFunc("/", v.unknownPath)
	return v
}

// ServeHTTP answers one call.
func (v *Vendor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	v.mux.ServeHTTP(w, r)
}

func (v *Vendor) authorized(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		name, secret, _ := r.BasicAuth()
		given := name + ":" + secret
		if subtle.ConstantTimeCompare([]byte(given), []byte(v.options.Token)) != 1 {
			v.Refuse(w, r)
			return
		}
		next(w, r)
	}
}

func (v *Vendor) serverTime(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, NaiveTime(v.now()))
}

func (v *Vendor) serverISOTime(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, v.now().UTC().Format(isoLayout))
}

func (v *Vendor) unknownPath(w http.ResponseWriter, _ *http.Request) {
	v.Fail(w, http.StatusNotFound)
}

// NaiveTime writes a time as reports do: in UTC, without saying so.
func NaiveTime(t time.Time) string {
	return t.UTC().Format(naiveLayout)
}

// Slug is the form of a report's name that paths use.
func Slug(name string) string {
	return strings.ReplaceAll(strings.ToLower(name), " ", "-")
}

// Refuse answers as to a wrong token.
func (v *Vendor) Refuse(w http.ResponseWriter, _ *http.Request) {
	fail(w, http.StatusUnauthorized, "a valid token is required")
}

// LimitRate answers 429; the vendor documents no limit, but what stands before
// its servers may have one.
func (v *Vendor) LimitRate(w http.ResponseWriter, retryAfter time.Duration) {
	w.Header().Set("Retry-After", strconv.Itoa(int(retryAfter/time.Second)))
	v.Fail(w, http.StatusTooManyRequests)
}

// Fail answers the status in the vendor's error shape.
func (v *Vendor) Fail(w http.ResponseWriter, status int) {
	fail(w, status, http.StatusText(status))
}

// Expire answers as to a token that has run out: there is no way to renew one.
func (v *Vendor) Expire(w http.ResponseWriter, r *http.Request) {
	v.Refuse(w, r)
}

// Charge does nothing: no limit is documented.
func (v *Vendor) Charge(*http.Request) {}

// answer is the documented form of a report's result.
type answer struct {
	Message string           `json:"message"`
	OK      bool             `json:"ok"`
	Records []map[string]any `json:"records"`
}

func fail(w http.ResponseWriter, status int, message string) {
	writeJSON(w, status, answer{Message: message, Records: []map[string]any{}})
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	// The client may have gone; there is nobody left to tell.
	_ = json.NewEncoder(w).Encode(body)
}
