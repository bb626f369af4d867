package anomify

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"net/http"
)

// authorized lets calls through that carry the organization's token, in the
// header or in the "data" object of a JSON body.
func (v *Vendor) authorized(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !v.hasToken(r) {
			v.Refuse(w, r)
			return
		}
		next(w, r)
	}
}

func (v *Vendor) hasToken(r *http.Request) bool {
	token := r.Header.Get("X-Auth-Token")
	if token == "" && r.Method == http.MethodPost {
		token = parameters(r).Get("token")
	}
	return subtle.ConstantTimeCompare([]byte(token), []byte(v.options.Token)) == 1
}

// sessionFor returns the session of an unauthorized call: the one that it
// brought, or a new one, which is set as a cookie too. A call with the token
// needs none.
func (v *Vendor) sessionFor(w http.ResponseWriter, r *http.Request) string {
	if v.hasToken(r) {
		return ""
	}
	if id := sessionOf(r); id != "" {
		return id
	}
	random := make([]byte, 16)
	_, _ = rand.Read(random)
	id := hex.EncodeToString(random)
	http.SetCookie(w, &http.Cookie{
		Name:     "session_id",
		Value:    id,
		Path:     "/",
		HttpOnly: true,
		Secure:   true,
		SameSite: http.SameSiteLaxMode,
	})
	return id
}

// sessionOf looks for a session in the documented order: header, parameter,
// cookie.
func sessionOf(r *http.Request) string {
	if id := r.Header.Get("X-Session-Id"); id != "" {
		return id
	}
	if id := parameters(r).Get("session_id"); id != "" {
		return id
	}
	if cookie, err := r.Cookie("session_id"); err == nil {
		return cookie.Value
	}
	return ""
}

// answer writes the envelope. The session may be empty.
func (v *Vendor) answer(w http.ResponseWriter, session string, code int, data any) {
	now := v.now().UTC()
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	// The client may have gone; there is nobody left to tell.
	_ = json.NewEncoder(w).Encode(envelope{
		Status: status{
			CreatedTimestamp:         now.Unix(),
			CreatedString:            timeString(now),
			Duration:                 0.001,
			Language:                 "en-gb",
			Timezone:                 timezone{TimezoneType: 3, Timezone: "UTC"},
			Code:                     code,
			OldestCachedComponentAge: 60,
			SessionID:                session,
			OrgOnboardingStatusID:    300,
			APIHost:                  "api.anomify.ai",
			UserOnboardingFlags:      map[string]bool{},
		},
		Data: data,
	})
}
