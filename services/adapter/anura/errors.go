package anura

import (
	"encoding/json"
	"errors"
	"net/http"

	"github.com/signalbox-io/signalbox/pkg/vendorhttp"
)

// classify reads an answer whose status is not 2xx by the status alone: the
// document gives a meaning to four of them and shows no error body. Its text,
// where one is found, is URL-encoded like every other.
func classify(answer vendorhttp.Answer) *vendorhttp.Error {
	var w struct {
		Error   string `json:"error"`
		Message string `json:"message"`
	}
	if json.Unmarshal([]byte(answer.Body), &w) != nil || w.Error == "" && w.Message == "" {
		return vendorhttp.ByStatus(answer)
	}
	text := w.Error
	if text == "" {
		text = w.Message
	}
	return vendorhttp.Classified(vendorhttp.KindOfStatus(answer.Status), answer, decode(text))
}

// isBadRequest reports a 400, which the document gives to a token that is
// incomplete or invalid, to bad parameters and to a range outside the time
// frame.
func isBadRequest(err error) bool {
	failure, ok := errors.AsType[*vendorhttp.Error](err)
	return ok && failure.Kind == vendorhttp.Refused && failure.Status == http.StatusBadRequest
}

// aboutToken returns the error of a call that can be a bad request only by its
// token.
func aboutToken(err error) error {
	if !isBadRequest(err) {
		return err
	}
	failure, _ := errors.AsType[*vendorhttp.Error](err)
	refused := *failure
	refused.Kind = vendorhttp.CredentialRefused
	return &refused
}
