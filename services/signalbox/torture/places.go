package main

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/signalbox-io/signalbox/pkg/bus"
	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
)

// places are what Signalbox can write to the bus and ask of a vendor, as its
// contracts have it: every type and state of an action, every state of a lease,
// every input, every bucket of the router and every call of the executor. Each is
// a place at which it can be killed, so the scenes of part steps must come to each.
func places() []string {
	var list []string
	add := func(kind string, names ...string) {
		for _, name := range names {
			list = append(list, kind+" "+name)
		}
	}
	action, input := (&actionv1.Action{}).ProtoReflect().Descriptor(), (&routerv1.Input{}).ProtoReflect().Descriptor()
	add("action", members(action.Oneofs().ByName("operation"))...)
	add("state", values(actionv1.State(0).Descriptor(), "STATE_")...)
	add("lease", values(actionv1.LeaseState(0).Descriptor(), "LEASE_STATE_")...)
	add("input", members(input.Oneofs().ByName("content"))...)
	add("bucket", bus.BucketCursors, bus.BucketLedger, bus.BucketLeases, "SIGNALBOX_SNAPSHOTS", "SIGNALBOX_RULES")
	add("call", slices.Collect(maps.Keys(callPaths))...)
	return append(list, "decision", "notification", "dead letter", "redriven", "stream made", "snapshot purged")
}

// untried are the places to which no scene comes, each with the reason. A test
// sees to it that they are places, and a run that none of them is reached.
var untried = map[string]string{ //nolint:gochecknoglobals // a table
	"action send_metrics": "the simulated account takes no samples",
	"action mail_report":  "no adapter of Secure Reporter runs",
	"call SendMetrics":    "the simulated account takes no samples",
	"call MailReport":     "no adapter of Secure Reporter runs",
}

func members(oneof protoreflect.OneofDescriptor) []string {
	var list []string
	for i := range oneof.Fields().Len() {
		list = append(list, string(oneof.Fields().Get(i).Name()))
	}
	return list
}

// values are the names of an enum as subjects have them, but for the zero value.
func values(enum protoreflect.EnumDescriptor, prefix string) []string {
	var list []string
	for i := 1; i < enum.Values().Len(); i++ {
		list = append(list, strings.ToLower(strings.TrimPrefix(string(enum.Values().Get(i).Name()), prefix)))
	}
	return list
}

// callPaths are the calls of the executor by what the vendor hears of them. A test
// holds them against docs/actions.md, which another holds against the code.
var callPaths = map[string]*regexp.Regexp{ //nolint:gochecknoglobals // a table
	"GetAlert":         regexp.MustCompile(`^GET /anodot/api/alerts/`),
	"ListAlerts":       regexp.MustCompile(`^GET /anodot/api/v2/alerts$`),
	"PauseAlert":       regexp.MustCompile(`^POST /anodot/.*/alerts/.+/pause$`),
	"ResumeAlert":      regexp.MustCompile(`^POST /anodot/.*/alerts/.+/resume$`),
	"CreateAlert":      regexp.MustCompile(`^POST /anodot/api/v2/alerts$`),
	"UpdateAlert":      regexp.MustCompile(`^PUT /anodot/api/v2/alerts/`),
	"DeleteAlert":      regexp.MustCompile(`^DELETE /anodot/api/v2/alerts/`),
	"GetDataStream":    regexp.MustCompile(`^GET /anodot/.*/data-streams/[^/]+$`),
	"PauseDataStream":  regexp.MustCompile(`^PUT /anodot/.*/data-streams/.+/state/pause$`),
	"ResumeDataStream": regexp.MustCompile(`^PUT /anodot/.*/data-streams/.+/state/resume$`),
	"SendMetrics":      regexp.MustCompile(`^POST /anodot/api/v1/metrics`),
	"ListWatchers":     regexp.MustCompile(`^GET /anomify/watchers/list$`),
	"CreateWatcher":    regexp.MustCompile(`^POST /anomify/watcher/create$`),
	"UpdateWatcher":    regexp.MustCompile(`^POST /anomify/watcher/.+/update$`),
	"DeleteWatcher":    regexp.MustCompile(`^POST /anomify/watcher/.+/delete$`),
	"UndeleteWatcher":  regexp.MustCompile(`^POST /anomify/watcher/.+/undelete$`),
	"GetAnomaly":       regexp.MustCompile(`^GET /anomify/anomaly/`),
	"TrainAnomaly":     regexp.MustCompile(`^POST /anomify/anomaly/train$`),
	"ListExclusions":   regexp.MustCompile(`^GET /anomify/exclusion/list$`),
	"AddExclusion":     regexp.MustCompile(`^POST /anomify/exclusion/add$`),
	"DeleteExclusion":  regexp.MustCompile(`^POST /anomify/exclusion/delete$`),
	"GetPattern":       regexp.MustCompile(`^GET /anomify/pattern/`),
	"DisablePattern":   regexp.MustCompile(`^POST /anomify/pattern/.+/disable$`),
	"MailReport":       regexp.MustCompile(`^POST /securereporter/`),
}

// placesOf are the places that a write or call is at; none for what is no step of
// an action, such as the issue of an access token.
func placesOf(step string) []string {
	fields := strings.Split(step, ".")
	last := fields[len(fields)-1]
	switch {
	case strings.HasPrefix(step, "signalbox.action.") && len(fields) == 5:
		return []string{"action " + fields[3], "state " + last}
	case strings.HasPrefix(step, "signalbox.lease."):
		return []string{"lease " + last}
	case strings.HasPrefix(step, "signalbox.input."):
		return []string{"input " + last}
	case strings.HasPrefix(step, "signalbox.decision."):
		return []string{"decision"}
	case strings.HasPrefix(step, "signalbox.notify."):
		return []string{"notification"}
	case strings.HasPrefix(step, "signalbox.dead._redriven."):
		return []string{"redriven"}
	case strings.HasPrefix(step, "signalbox.dead."):
		return []string{"dead letter"}
	case strings.HasPrefix(step, "$JS.API.STREAM.CREATE."):
		return []string{"stream made"}
	case strings.HasPrefix(step, "$JS.API.STREAM.PURGE."):
		return []string{"snapshot purged"}
	case strings.HasPrefix(step, "$KV."), strings.HasPrefix(step, "$O."):
		return []string{"bucket " + fields[1]}
	}
	for name, path := range callPaths {
		if path.MatchString(step) {
			return []string{"call " + name}
		}
	}
	return nil
}

// seen are the places that scenes have come to. It is safe for concurrent use.
type seen struct {
	mu     sync.Mutex
	places map[string]bool
}

func (s *seen) take(reached steps) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.places == nil {
		s.places = map[string]bool{}
	}
	for _, step := range slices.Concat(reached.writes, reached.calls) {
		for _, place := range placesOf(step) {
			s.places[place] = true
		}
	}
}

// missing are the places that no scene came to and that are not known as untried,
// in order.
func (s *seen) missing() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := slices.DeleteFunc(places(), func(place string) bool { return s.places[place] || untried[place] != "" })
	slices.Sort(list)
	return list
}
