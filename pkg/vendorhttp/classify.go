package vendorhttp

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// defaultRetryAfter is how long a vendor that says "too many" and not for how
// long is left alone: every documented limit is per minute.
const defaultRetryAfter = time.Minute

// longestRetryAfter bounds what a vendor can ask for.
const longestRetryAfter = time.Hour

// ByStatus returns the error that a status other than 2xx means, with what the
// body says of it.
func ByStatus(answer Answer) *Error {
	return Classified(KindOfStatus(answer.Status), answer, textOf(answer.Body))
}

// Classified returns an error of the kind for the answer, with the vendor's
// own words.
func Classified(kind Kind, answer Answer, text string) *Error {
	failure := &Error{Kind: kind, Status: answer.Status, Detail: answeredText(answer.Status)}
	if text != "" {
		failure.Detail += ": " + text
	}
	if kind == RateLimited || answer.Status == http.StatusServiceUnavailable {
		failure.RetryAfter = RetryAfter(answer.Header, time.Now())
	}
	if kind == RateLimited && failure.RetryAfter <= 0 {
		failure.RetryAfter = defaultRetryAfter
	}
	return failure
}

func answeredText(status int) string { return "vendor answered " + strconv.Itoa(status) }

// KindOfStatus returns what a status other than 2xx means where the vendor
// gives it no meaning of its own.
func KindOfStatus(status int) Kind {
	switch {
	case status == http.StatusUnauthorized:
		return CredentialRefused
	case status == http.StatusNotFound:
		return NotFound
	case status == http.StatusTooManyRequests:
		return RateLimited
	case status == http.StatusRequestTimeout, status >= 500:
		return Unavailable
	case status >= 400:
		return Refused
	default:
		return BadAnswer
	}
}

// RetryAfter returns the wait that the header asks for, in seconds or up to a
// date, at most an hour; 0 if it asks for none.
func RetryAfter(header http.Header, now time.Time) time.Duration {
	value := strings.TrimSpace(header.Get("Retry-After"))
	wait := time.Duration(0)
	if seconds, err := strconv.ParseFloat(value, 64); err == nil && seconds >= 0 && seconds < 1e9 {
		wait = time.Duration(seconds * float64(time.Second))
	} else if at, err := http.ParseTime(value); err == nil {
		wait = at.Sub(now)
	}
	return min(max(wait, 0), longestRetryAfter)
}

// textOf returns what an error body says, for a reader: the usual fields of a
// JSON object, else its beginning, and nothing of a page of HTML.
func textOf(body string) string {
	var fields struct {
		Error   json.RawMessage `json:"error"`
		Message json.RawMessage `json:"message"`
	}
	if json.Unmarshal([]byte(body), &fields) == nil {
		for _, raw := range []json.RawMessage{fields.Error, fields.Message} {
			var text string
			if json.Unmarshal(raw, &text) == nil && text != "" {
				return text
			}
		}
	}
	body = strings.TrimSpace(body)
	if strings.HasPrefix(body, "<") {
		return "a page of HTML"
	}
	return body
}
