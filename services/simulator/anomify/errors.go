package anomify

import (
	"net/http"
	"strconv"
	"time"
)

// Refuse answers as to a wrong credential, and gives the caller a session.
func (v *Vendor) Refuse(w http.ResponseWriter, r *http.Request) {
	session := sessionOf(r)
	if session == "" {
		session = v.sessionFor(w, r)
	}
	v.answer(w, session, http.StatusUnauthorized, messageAnswer{Message: "You are not authorized to use this method"})
}

// LimitRate answers 429; the vendor documents no limit, but what stands before
// its servers may have one.
func (v *Vendor) LimitRate(w http.ResponseWriter, retryAfter time.Duration) {
	w.Header().Set("Retry-After", strconv.Itoa(int(retryAfter/time.Second)))
	v.Fail(w, http.StatusTooManyRequests)
}

// Fail answers the status in the vendor's envelope.
func (v *Vendor) Fail(w http.ResponseWriter, code int) {
	v.reject(w, code, http.StatusText(code))
}

func (v *Vendor) reject(w http.ResponseWriter, code int, message string) {
	v.answer(w, "", code, messageAnswer{Message: message})
}
