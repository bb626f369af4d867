package anomify

import (
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/signalbox-io/signalbox/pkg/vendorhttp"
)

// classify reads an answer whose HTTP status is not 2xx.
func classify(answer vendorhttp.Answer) *vendorhttp.Error {
	var e envelope
	if json.Unmarshal([]byte(answer.Body), &e) == nil {
		if text := e.message(); text != "" {
			return vendorhttp.Classified(vendorhttp.KindOfStatus(answer.Status), answer, text)
		}
	}
	return vendorhttp.ByStatus(answer)
}

// failure reports a 2xx answer whose envelope says otherwise, or which is no
// envelope at all.
func (e envelope) failure(answer vendorhttp.Answer) *vendorhttp.Error {
	code, known := e.code()
	switch {
	case !known && len(e.Data) == 0:
		return vendorhttp.Errorf(vendorhttp.BadAnswer, "answer is no envelope of status and data")
	case !known || code >= 200 && code < 300:
		return nil
	default:
		within := answer
		within.Status = code
		failure := vendorhttp.Classified(vendorhttp.KindOfStatus(code), within, e.message())
		failure.Detail += " (in the envelope of an HTTP " + strconv.Itoa(answer.Status) + ")"
		return failure
	}
}

// code returns the status that the envelope gives, whichever of its two known
// names it has.
func (e envelope) code() (int, bool) {
	var s envelopeStatus
	if json.Unmarshal(e.Status, &s) != nil {
		return 0, false
	}
	for _, number := range []vendorhttp.Number{s.Code, s.Response} {
		if number >= http.StatusContinue && number < 1000 {
			return int(number), true
		}
	}
	return 0, false
}

// message returns what the envelope says to people.
func (e envelope) message() string {
	var d struct {
		Message string `json:"message"`
	}
	if json.Unmarshal(e.Data, &d) == nil && d.Message != "" {
		return d.Message
	}
	var s envelopeStatus
	if json.Unmarshal(e.Status, &s) == nil {
		return s.Reason
	}
	return ""
}
