package securereporter

import (
	"encoding/json"

	"github.com/signalbox-io/signalbox/pkg/vendorhttp"
)

// classify reads an answer whose status is not 2xx. Which status a failed
// report has is not documented; its message is read under any.
func classify(answer vendorhttp.Answer) *vendorhttp.Error {
	if message := messageOf(answer); message != "" {
		return vendorhttp.Classified(vendorhttp.KindOfStatus(answer.Status), answer, message)
	}
	return vendorhttp.ByStatus(answer)
}

// messageOf returns the message in an answer, "" for none.
func messageOf(answer vendorhttp.Answer) string {
	var w struct {
		Message string `json:"message"`
	}
	if json.Unmarshal([]byte(answer.Body), &w) != nil {
		return ""
	}
	return w.Message
}

// reportFailed is a report that says of itself, under a 2xx status, that it is
// in error. The same call would fail again: the query or a parameter is wrong.
func reportFailed(answer vendorhttp.Answer, message string) *vendorhttp.Error {
	if message == "" {
		message = "no message"
	}
	failure := vendorhttp.Errorf(vendorhttp.Refused, "the report is in error: %s", message)
	failure.Status = answer.Status
	return failure
}
