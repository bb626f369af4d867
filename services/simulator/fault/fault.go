// Package fault makes simulated vendors misbehave on demand.
//
// A [Fault] says what goes wrong, at which calls and how often; a [Set] hands
// the fault for a call to the one who serves it; [Serve] does the damage. The
// package knows no vendor: what a vendor says when it refuses a credential is
// asked of the vendor.
package fault

import (
	"errors"
	"fmt"
	"path"
	"slices"
)

// Kind is what goes wrong.
type Kind string

// The kinds of fault. Unless a kind says otherwise, the call has no effect on
// the vendor's state.
const (
	// Garbage answers 200 with bytes that are no text.
	Garbage Kind = "garbage"
	// HTML answers 200 with a web page, as a proxy or a login wall does.
	HTML Kind = "html"
	// HalfJSON carries the call out and answers the first half of the truth.
	HalfJSON Kind = "half_json"
	// Huge answers 200 with 50 MB of JSON.
	Huge Kind = "huge"
	// Empty answers 200 with no body.
	Empty Kind = "empty"
	// Hang answers nothing until the client goes.
	Hang Kind = "hang"
	// Reset breaks the connection without an answer.
	Reset Kind = "reset"
	// Status answers Fault.Status in the vendor's error shape.
	Status Kind = "status"
	// RateLimit answers as the vendor does over its limit.
	RateLimit Kind = "rate_limit"
	// Unauthorized answers as the vendor does to a wrong credential.
	Unauthorized Kind = "unauthorized"
	// ExpiredToken makes the credential of the call expire first. Where a
	// vendor issues short-lived tokens, all of them expire and new ones work.
	ExpiredToken Kind = "expired_token"
	// LoseAnswer carries the call out and then breaks the connection.
	LoseAnswer Kind = "lose_answer"
)

// Kinds lists every kind.
func Kinds() []Kind {
	return []Kind{
		Garbage, HTML, HalfJSON, Huge, Empty, Hang, Reset,
		Status, RateLimit, Unauthorized, ExpiredToken, LoseAnswer,
	}
}

// Fault is one prepared misbehaviour.
type Fault struct {
	// Vendor is the vendor that misbehaves. Required.
	Vendor string `json:"vendor"`
	// Kind is what it does. Required.
	Kind Kind `json:"kind"`
	// Method limits the fault to one HTTP method; empty means all.
	Method string `json:"method,omitempty"`
	// Path limits the fault to the vendor's paths that match this glob as
	// [path.Match] reads it (/api/v2/alerts/*/pause); empty means all.
	Path string `json:"path,omitempty"`
	// Count is how many calls are hit; 0 means all until cleared.
	Count int `json:"count,omitempty"`
	// Status is the answer's code for kind "status"; 0 means 500.
	Status int `json:"status,omitempty"`
	// RetryAfterSeconds is what kind "rate_limit" tells the client, where
	// the vendor tells it; 0 means 1.
	RetryAfterSeconds int `json:"retry_after_s,omitempty"`
}

// Validate reports all that is wrong with a fault.
func (f Fault) Validate() error {
	var errs []error
	if f.Vendor == "" {
		errs = append(errs, errors.New("vendor is missing"))
	}
	if !slices.Contains(Kinds(), f.Kind) {
		errs = append(errs, fmt.Errorf("kind %q is unknown, use one of %v", f.Kind, Kinds()))
	}
	if _, err := path.Match(f.Path, "/"); err != nil {
		errs = append(errs, fmt.Errorf("path %q: %w", f.Path, err))
	}
	if f.Count < 0 {
		errs = append(errs, fmt.Errorf("count %d is negative, use 0 for every call", f.Count))
	}
	if f.Status != 0 && (f.Status < 200 || f.Status > 599) {
		errs = append(errs, fmt.Errorf("status %d is outside 200 to 599", f.Status))
	}
	if f.RetryAfterSeconds < 0 {
		errs = append(errs, fmt.Errorf("retry_after_s %d is negative", f.RetryAfterSeconds))
	}
	return errors.Join(errs...)
}

func (f Fault) hits(vendor, method, requestPath string) bool {
	if f.Vendor != vendor || (f.Method != "" && f.Method != method) {
		return false
	}
	if f.Path == "" {
		return true
	}
	matched, err := path.Match(f.Path, requestPath)
	return err == nil && matched
}
