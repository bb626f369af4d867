package anodot

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/signalbox-io/signalbox/pkg/vendorhttp"
)

// Codes of the document's list that mean more than their HTTP status.
const (
	codeCallsExceeded  = "1004"
	codeTokenInactive  = "2001"
	codeConcurrent     = "2002"
	codeMetricsPerSecs = "2003"
)

// classify reads an answer whose status is not 2xx. The document lists no 429:
// a limit shows as one of three codes under a status that nobody documents.
func classify(answer vendorhttp.Answer) *vendorhttp.Error {
	found := readErrors(answer.Body)
	kind := vendorhttp.KindOfStatus(answer.Status)
	switch {
	case found.has(codeCallsExceeded, codeConcurrent, codeMetricsPerSecs):
		kind = vendorhttp.RateLimited
	case found.has(codeTokenInactive):
		kind = vendorhttp.CredentialRefused
	}
	if kind != vendorhttp.RateLimited {
		if text := found.text(); text != "" {
			return vendorhttp.Classified(kind, answer, text)
		}
		failure := vendorhttp.ByStatus(answer)
		failure.Kind = kind
		return failure
	}
	failure := vendorhttp.Classified(kind, answer, found.text())
	if answer.Header.Get("Retry-After") == "" {
		failure.RetryAfter = untilNextMinute(time.Now())
	}
	return failure
}

func untilNextMinute(now time.Time) time.Duration {
	return max(now.Truncate(time.Minute).Add(time.Minute).Sub(now), time.Second)
}

// partial reports errors in a 2xx answer: the document says that some of the
// request was then not done.
func partial(answer vendorhttp.Answer) *vendorhttp.Error {
	body := strings.TrimSpace(answer.Body)
	if !strings.HasPrefix(body, "{") {
		return nil
	}
	found := readErrors(body)
	switch {
	case len(found) == 0:
		return nil
	case found.has(codeCallsExceeded, codeConcurrent, codeMetricsPerSecs):
		return &vendorhttp.Error{
			Kind: vendorhttp.RateLimited, RetryAfter: untilNextMinute(time.Now()),
			Detail: "vendor answered only in part: " + found.text(),
		}
	default:
		return vendorhttp.Errorf(vendorhttp.BadAnswer, "vendor answered only in part: %s", found.text())
	}
}

// apiError is one error of whatever shape.
type apiError struct {
	// index is the entry of the request that the error is about, -1 for none.
	index int
	code  string
	text  string
}

type apiErrors []apiError

func (e apiErrors) has(codes ...string) bool {
	for _, found := range e {
		if slices.Contains(codes, found.code) {
			return true
		}
	}
	return false
}

func (e apiErrors) text() string {
	texts := make([]string, 0, len(e))
	for _, found := range e {
		text := found.text
		if found.code != "" {
			text = strings.TrimSpace(fmt.Sprintf("code %s %s", found.code, text))
		}
		if text != "" {
			texts = append(texts, text)
		}
	}
	return strings.Join(texts, "; ")
}

// readErrors reads the four shapes of errors: a list of objects, a list of
// texts, an HttpError, and one object (or text) under `error`.
func readErrors(body string) apiErrors {
	var shape errorShape
	if json.Unmarshal([]byte(body), &shape) != nil {
		return nil
	}
	var found apiErrors
	for _, raw := range append(shape.Errors, shape.Error) {
		found = append(found, readError(raw)...)
	}
	if shape.Name == "HttpError" || shape.Code != "" {
		found = append(found, apiError{index: -1, code: string(shape.Code), text: shape.Message})
	}
	return found
}

func readError(raw json.RawMessage) apiErrors {
	if len(raw) == 0 || string(raw) == "null" {
		return nil
	}
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return apiErrors{{index: -1, text: text}}
	}
	var object errorObject
	if json.Unmarshal(raw, &object) != nil {
		return apiErrors{{index: -1, text: "an error of unknown shape"}}
	}
	return apiErrors{{index: indexOf(object.Index), code: string(object.Error), text: object.Description}}
}

// indexOf reads the index of an entry, a number or a text that holds one.
func indexOf(raw json.RawMessage) int {
	var text vendorhttp.ID
	lenient(raw, &text)
	index, err := strconv.Atoi(string(text))
	if err != nil || index < 0 {
		return -1
	}
	return index
}
