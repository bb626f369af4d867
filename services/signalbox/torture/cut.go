package main

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/signalbox-io/signalbox/services/signalbox/torture/vendor"
)

// cut is one trouble of the steps: in which scene, where, and whom it strikes.
type cut struct {
	scene string
	// at is "write" for one of the router to the bus, "call" for one of an
	// adapter to a vendor.
	at     string
	number int
	// what happens: "before" and "after" kill the victim, before the step happens
	// or when it has and its answer is not back. The others are what a vendor does
	// to a call.
	what   string
	victim victim
}

// What becomes of a step.
const (
	cutBefore = "before"
	cutAfter  = "after"
	// The vendor answers 500, breaks the connection, or carries the call out and
	// does not answer.
	cutError = "500"
	cutReset = "reset"
	cutStall = "stall"
)

// victimVendor is struck by no kill: it misbehaves.
const victimVendor victim = "vendor"

// String is how --case takes it.
func (c cut) String() string {
	return fmt.Sprintf("%s:%s:%d:%s:%s", c.scene, c.at, c.number, c.what, c.victim)
}

func parseCut(text string) (cut, error) {
	wrong := fmt.Errorf("read case %q: it is like leases:write:12:before:router, words:call:3:after:adapters or timed:call:3:500:vendor", text)
	fields := strings.Split(text, ":")
	if len(fields) != 5 {
		return cut{}, wrong
	}
	c := cut{scene: fields[0], at: fields[1], what: fields[3], victim: victim(fields[4])}
	var err error
	c.number, err = strconv.Atoi(fields[2])
	if err != nil || c.number < 1 || c.String() != text || !c.isOne() {
		return cut{}, wrong
	}
	return c, nil
}

// isOne reports whether there is such a cut.
func (c cut) isOne() bool {
	return slices.ContainsFunc(allCuts(), func(kind cut) bool {
		return kind.at == c.at && kind.what == c.what && kind.victim == c.victim
	})
}

// allCuts are the kinds of cut.
func allCuts() []cut {
	list := []cut{{at: "write", what: cutBefore, victim: victimRouter}, {at: "write", what: cutAfter, victim: victimRouter}}
	for _, who := range []victim{victimRouter, victimAdapters} {
		list = append(list, cut{at: "call", what: cutBefore, victim: who}, cut{at: "call", what: cutAfter, victim: who})
	}
	for _, what := range []string{cutError, cutReset, cutStall} {
		list = append(list, cut{at: "call", what: what, victim: victimVendor})
	}
	return list
}

// cutsOf enumerates every cut of a scene: every kill at every step, and every
// misbehaviour of a vendor at every call that changes something there. Of a call
// that only reads, before and after are the same to everybody else, so it has one
// kill of each process.
func cutsOf(scene string, s steps) []cut {
	var list []cut
	for _, kind := range allCuts() {
		first, made := s.startWrites, s.writes
		if kind.at == "call" {
			first, made = s.startCalls, s.calls
		}
		for i := first; i < len(made); i++ {
			if strings.HasPrefix(made[i], http.MethodGet) && kind.what != cutBefore {
				continue
			}
			kind.scene, kind.number = scene, i+1
			list = append(list, kind)
		}
	}
	return list
}

// atVendor is what the vendor does with the call.
func (c cut) atVendor() vendor.Cut {
	switch c.what {
	case cutBefore:
		return vendor.Before
	case cutAfter:
		return vendor.After
	case cutError:
		return vendor.Error
	case cutReset:
		return vendor.Reset
	default:
		return vendor.Stall
	}
}

// words are what the cut is called in the table.
func (c cut) words() string {
	if c.victim == victimVendor {
		return fmt.Sprintf("%s: vendor at a call: %s", c.scene, c.what)
	}
	return fmt.Sprintf("%s: %s killed at a %s", c.scene, c.victim, c.at)
}

// sample takes one in n, beginning with the offset-th.
func sample(list []cut, n, offset int) []cut {
	var taken []cut
	for i := offset % n; i < len(list); i += n {
		taken = append(taken, list[i])
	}
	return taken
}

var identifier = regexp.MustCompile(`[A-Z2-7a-z2-7]{26}|[A-Za-z0-9]{22}|[a-z]+-[0-9]+|[am][0-9]+`)

// kindOf is what a write's subject or a call's path is about, without the ids.
func kindOf(subject string) string {
	switch {
	case strings.HasPrefix(subject, "$KV."), strings.HasPrefix(subject, "$O."):
		fields := strings.SplitN(subject, ".", 3)
		return fields[0] + "." + fields[1]
	case strings.HasPrefix(subject, "$JS.API."):
		return "stream or bucket created"
	case strings.HasPrefix(subject, "signalbox."):
		fields := strings.Split(subject, ".")
		return fields[0] + "." + fields[1] + "…" + "." + fields[len(fields)-1]
	default:
		return identifier.ReplaceAllString(subject, "*")
	}
}
