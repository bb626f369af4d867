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
	// Slow carries the call out and answers the truth after Fault.DelaySeconds.
	Slow Kind = "slow"
	// Truncated carries the call out, promises the whole truth and breaks the
	// connection after half of it.
	Truncated Kind = "truncated"
	// HiddenError answers 200 with the body of Fault.Status.
	HiddenError Kind = "hidden_error"
	// MapForArray carries the call out and answers the truth with each array as
	// an object, its elements by their index.
	MapForArray Kind = "map_for_array"
	// WrongTypes carries the call out and answers the truth with each text in an
	// array, each number as text and each flag as a number.
	WrongTypes Kind = "wrong_types"
	// ClockSkew moves the vendor's clock by Fault.SkewSeconds for as long as it is
	// set, whatever is called. It moves no budget.
	ClockSkew Kind = "clock_skew"
)

// Kinds lists every kind.
func Kinds() []Kind {
	return []Kind{
		Garbage, HTML, HalfJSON, Huge, Empty, Hang, Reset,
		Status, RateLimit, Unauthorized, ExpiredToken, LoseAnswer,
		Slow, Truncated, HiddenError, MapForArray, WrongTypes, ClockSkew,
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
	// Every hits every so manieth of the calls that match only, the first being
	// the one after Every - 1 others; 0 and 1 hit each.
	Every int `json:"every,omitempty"`
	// ForSeconds is how long the fault lasts from when it is set; 0 means until
	// cleared.
	ForSeconds int `json:"for_s,omitempty"`
	// Status is the answer's code for kind "status", and that of the error for
	// kind "hidden_error"; 0 means 500.
	Status int `json:"status,omitempty"`
	// Body is what kinds "status" and "hidden_error" answer; empty means the
	// vendor's error shape.
	Body string `json:"body,omitempty"`
	// DelaySeconds is how late kind "slow" answers; 0 means 5.
	DelaySeconds int `json:"delay_s,omitempty"`
	// SkewSeconds is how far kind "clock_skew" sets the vendor's clock forward,
	// below 0 back. Required for it.
	SkewSeconds int `json:"skew_s,omitempty"`
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
	if f.Status != 0 && (f.Status < 200 || f.Status > 599) {
		errs = append(errs, fmt.Errorf("status %d is outside 200 to 599", f.Status))
	}
	for _, field := range []struct {
		name  string
		value int
	}{
		{"count", f.Count},
		{"every", f.Every},
		{"for_s", f.ForSeconds},
		{"delay_s", f.DelaySeconds},
		{"retry_after_s", f.RetryAfterSeconds},
	} {
		if field.value < 0 {
			errs = append(errs, fmt.Errorf("%s %d is negative; leave it out for the default", field.name, field.value))
		}
	}
	return errors.Join(append(errs, f.validateSkew())...)
}

func (f Fault) validateSkew() error {
	switch {
	case f.Kind != ClockSkew && f.SkewSeconds != 0:
		return fmt.Errorf("skew_s is about kind %q, not %q", ClockSkew, f.Kind)
	case f.Kind != ClockSkew:
		return nil
	case f.SkewSeconds == 0:
		return errors.New("skew_s is missing: say by how much the clock is wrong")
	case f.Method != "" || f.Path != "" || f.Count != 0 || f.Every > 1:
		return errors.New("a clock is wrong for every call: leave out method, path, count and every, and end it with for_s")
	default:
		return nil
	}
}

func (f Fault) matches(vendor, method, requestPath string) bool {
	if f.Vendor != vendor || f.Kind == ClockSkew || (f.Method != "" && f.Method != method) {
		return false
	}
	if f.Path == "" {
		return true
	}
	matched, err := path.Match(f.Path, requestPath)
	return err == nil && matched
}
