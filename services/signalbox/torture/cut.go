package main

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// cut is one kill of the steps: where, and whom it ends.
type cut struct {
	// at is "write" for one of the router to the bus, "call" for one of an
	// adapter to a vendor.
	at     string
	number int
	// isAfter tells that it happened and its answer did not come back.
	isAfter bool
	victim  victim
}

// String is how --case takes it.
func (c cut) String() string {
	when := "before"
	if c.isAfter {
		when = "after"
	}
	return fmt.Sprintf("%s:%d:%s:%s", c.at, c.number, when, c.victim)
}

func parseCut(text string) (cut, error) {
	fields := strings.Split(text, ":")
	if len(fields) != 4 {
		return cut{}, fmt.Errorf("read case %q: it is like write:12:before:router or call:3:after:adapters", text)
	}
	c := cut{at: fields[0], isAfter: fields[2] == "after", victim: victim(fields[3])}
	var err error
	c.number, err = strconv.Atoi(fields[1])
	if err != nil || c.number < 1 || c.String() != text || c.at != "write" && c.at != "call" ||
		c.victim != victimRouter && c.victim != victimAdapters || c.at == "write" && c.victim != victimRouter {
		return cut{}, fmt.Errorf("read case %q: it is like write:12:before:router or call:3:after:adapters", text)
	}
	return c, nil
}

// cutsOf enumerates every kill of a story of so many writes and calls.
func cutsOf(writes, calls int) []cut {
	var list []cut
	add := func(at string, n int, who victim) {
		for number := 1; number <= n; number++ {
			for _, isAfter := range []bool{false, true} {
				list = append(list, cut{at: at, number: number, isAfter: isAfter, victim: who})
			}
		}
	}
	add("write", writes, victimRouter)
	add("call", calls, victimRouter)
	add("call", calls, victimAdapters)
	return list
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
