package anodot

import (
	"encoding/json"
	"net/http"
	"time"
)

// Codes of the reference's error code list.
const (
	codeJSON           = 1001
	codeGeneral        = 1002
	codeRateExceeded   = 1004
	codeTokenNotActive = 2001
)

// Refuse answers as to a wrong credential.
func (v *Vendor) Refuse(w http.ResponseWriter, r *http.Request) {
	description := "Token is not active"
	if r.URL.Path == "/api/v2/access-token" {
		description = "Token Mismatch"
	}
	writeErrors(w, http.StatusUnauthorized, codeTokenNotActive, description)
}

// LimitRate answers as to a call beyond a limit. Anodot does not say how long
// to wait.
func (v *Vendor) LimitRate(w http.ResponseWriter, _ time.Duration) {
	writeErrors(w, v.options.RateLimitStatus, codeRateExceeded, "API calls rate exceeded the maximum allowed")
}

// Fail answers the status in the vendor's error format.
func (v *Vendor) Fail(w http.ResponseWriter, status int) {
	writeErrors(w, status, codeGeneral, "General error")
}

func (v *Vendor) unknownPath(w http.ResponseWriter, r *http.Request) {
	writeNotFound(w, r, "no such endpoint: "+r.Method+" "+r.URL.Path)
}

func writeNotFound(w http.ResponseWriter, r *http.Request, message string) {
	writeJSON(w, http.StatusNotFound, httpError{
		Path:          r.URL.Path,
		Message:       message,
		Name:          "HttpError",
		AndtErrorCode: codeNotFound,
		Status:        http.StatusNotFound,
	})
}

func writeErrors(w http.ResponseWriter, status, code int, description string) {
	writeJSON(w, status, errorsAnswer{Errors: []errorEntry{{Error: code, Description: description}}})
}

func writeJSON(w http.ResponseWriter, status int, answer any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	// The client may have gone; there is nobody left to tell.
	_ = json.NewEncoder(w).Encode(answer)
}
