package webhook

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"strconv"
	"time"
)

const (
	// maxBody is the largest push that is read: hundreds of metrics.
	maxBody = 512 << 10
	// bodyTime is how long a body may take to arrive.
	bodyTime = 5 * time.Second
	// retryAfter is when to push again, in seconds.
	retryAfter = 5
)

// answer is what a push is answered with.
type answer struct {
	// outcome is the word for it in metrics.
	outcome string
	code    int
	// text is a line for people, "" where counts says it.
	text   string
	counts counts
}

// counts is what became of the firings of a push.
type counts struct {
	// Published events are new on the stream, Duplicates were on it already.
	Published  int `json:"published"`
	Duplicates int `json:"duplicates"`
	// Rejected firings are dead letters.
	Rejected int `json:"rejected"`
}

func (a answer) write(w http.ResponseWriter) {
	header := w.Header()
	header.Set("Content-Type", "application/json")
	header.Set("Cache-Control", "no-store")
	switch a.code {
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		header.Set("Retry-After", strconv.Itoa(retryAfter))
	case http.StatusMethodNotAllowed:
		header.Set("Allow", http.MethodPost)
	}
	w.WriteHeader(a.code)
	var body any = a.counts
	if a.text != "" {
		body = map[string]string{"error": a.text}
	}
	// Who has gone gets no answer; there is nobody left to tell.
	_ = json.NewEncoder(w).Encode(body)
}

// readBody returns the push, or how it is refused.
func readBody(w http.ResponseWriter, req *http.Request) ([]byte, *answer) {
	// A writer without deadlines, as tests have, goes without.
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(bodyTime))
	body, err := io.ReadAll(http.MaxBytesReader(w, req.Body, maxBody))
	if err == nil {
		return body, nil
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, &answer{
			outcome: outcomeTooLarge, code: http.StatusRequestEntityTooLarge,
			text: "the push is larger than " + strconv.Itoa(maxBody) + " bytes",
		}
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return nil, &answer{outcome: outcomeCutOff, code: http.StatusRequestTimeout, text: "the push did not arrive in time"}
	}
	return nil, &answer{outcome: outcomeCutOff, code: http.StatusBadRequest, text: "the push did not arrive whole"}
}
