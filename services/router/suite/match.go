package suite

import (
	"fmt"
	"strings"
)

// isAbout reports whether the expectation is about what the record is about:
// the same event, target or subject, and the same rule where it names one.
func (e *expectation) isAbout(r *Record) bool {
	if len(e.fields) == 0 {
		return e.subject == r.Subject
	}
	for _, f := range e.fields {
		if identifies(f.name, r.Kind) && !f.fits(r) {
			return false
		}
	}
	return true
}

// fits reports whether the record has the value. A detail may have a time of day
// in it, as that of a mute window does.
func (f field) fits(r *Record) bool {
	got := r.fields[f.name]
	return got == f.want || got == f.written
}

// identifies reports whether a field says what something is about.
func identifies(name, kind string) bool {
	switch kind {
	case kindDecision, kindAction:
		return name == "event" || name == "rule"
	case kindLease:
		return name == "target" || name == "source"
	default:
		return name == "subject" || name == "event"
	}
}

// against returns what of the expectation the record does not meet; none if it
// meets all of it.
func (e *expectation) against(r *Record, exact bool) []field {
	if len(e.fields) == 0 {
		if e.subject == r.Subject && (r.said(e.sentence, exact) || r.said(e.written, exact)) {
			return nil
		}
		return []field{{want: e.sentence}}
	}
	var out []field
	for _, f := range e.fields {
		if !f.fits(r) {
			out = append(out, f)
		}
	}
	return out
}

// about is what the expectation is about, for people.
func (e *expectation) about() string {
	if len(e.fields) == 0 {
		return e.subject
	}
	for _, name := range []string{"event", "target", "subject", "rule"} {
		for _, f := range e.fields {
			if f.name == name {
				return f.want
			}
		}
	}
	return "any"
}

// value returns the value of a field of the expectation, empty for none.
func (e *expectation) value(name string) string {
	for _, f := range e.fields {
		if f.name == name {
			return f.want
		}
	}
	return ""
}

// text is the expectation as a sentence.
func (e *expectation) text() string {
	if len(e.fields) == 0 {
		return e.sentence
	}
	var parts []string
	for _, f := range e.fields {
		parts = append(parts, fmt.Sprintf("%s: %s", f.name, f.want))
	}
	return strings.Join(parts, ", ")
}

// differences writes the fields that differ, as expected and as they came.
func differences(fields []field, r *Record) (want, got string) {
	var wants, gots []string
	for _, f := range fields {
		value, has := r.fields[f.name]
		if !has {
			value = "(none)"
		}
		wants = append(wants, f.name+": "+f.want)
		gots = append(gots, f.name+": "+value)
	}
	return strings.Join(wants, ", "), strings.Join(gots, ", ")
}
