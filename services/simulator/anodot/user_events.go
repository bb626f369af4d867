package anodot

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
)

// The codes of user events.
const (
	codeEventInvalid = 3015
	codeNoEvent      = 3016
)

// eventsBySize is how many events are listed unless the call says otherwise.
const eventsBySize = 10

// AddUserEvent puts a user event into the account, with times as numbers.
func (v *Vendor) AddUserEvent(o Object) { v.putInto(&v.events, o) }

func (v *Vendor) createEvent(w http.ResponseWriter, r *http.Request) {
	event, ok := readEvent(w, r)
	if !ok {
		return
	}
	event["id"] = newID()
	v.AddUserEvent(event)
	v.effect(effectCreateEvent, event.text("id"), event.text("title"), true)
	writeJSON(w, http.StatusOK, event)
}

func (v *Vendor) updateEvent(w http.ResponseWriter, r *http.Request) {
	event, ok := readEvent(w, r)
	if !ok {
		return
	}
	if _, ok := v.find(&v.events, event.text("id")); !ok {
		writeNoEvent(w)
		return
	}
	v.AddUserEvent(event)
	v.effect(effectUpdateEvent, event.text("id"), event.text("title"), true)
	writeJSON(w, http.StatusOK, event)
}

// readEvent reads the event in the body. Times come as texts and are kept as
// numbers.
func readEvent(w http.ResponseWriter, r *http.Request) (Object, bool) {
	var body struct {
		Event Object `json:"event"`
	}
	if !readBody(w, r, &body) {
		return nil, false
	}
	for _, name := range []string{"title", "category", "source", "startDate"} {
		if body.Event.text(name) == "" {
			writeEventError(w, "field "+name+" is required")
			return nil, false
		}
	}
	for _, name := range []string{"startDate", "endDate"} {
		text := body.Event.text(name)
		if text == "" {
			body.Event[name] = nil
			continue
		}
		seconds, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			writeEventError(w, "field "+name+" must be an epoch time in seconds")
			return nil, false
		}
		body.Event[name] = seconds
	}
	return body.Event, true
}

// writeEventError answers in the third of the vendor's error formats.
func writeEventError(w http.ResponseWriter, description string) {
	writeJSON(w, http.StatusBadRequest, Object{"error": Object{"error": codeEventInvalid, "description": description}})
}

func writeNoEvent(w http.ResponseWriter) {
	writeErrors(w, http.StatusNotFound, codeNoEvent, "event with this id does not exit")
}

func (v *Vendor) getEvent(w http.ResponseWriter, r *http.Request) {
	event, ok := v.find(&v.events, r.PathValue("id"))
	if !ok {
		writeNoEvent(w)
		return
	}
	writeJSON(w, http.StatusOK, event)
}

func (v *Vendor) deleteEvent(w http.ResponseWriter, r *http.Request) {
	event, ok := v.take(&v.events, r.PathValue("id"))
	if !ok {
		writeNoEvent(w)
		return
	}
	v.effect(effectDeleteEvent, event.text("id"), event.text("title"), true)
	w.WriteHeader(http.StatusOK)
}

func (v *Vendor) executeEvents(w http.ResponseWriter, r *http.Request) {
	var search struct {
		Filter struct {
			Categories []string `json:"categories"`
		} `json:"filter"`
	}
	if !readBody(w, r, &search) {
		return
	}
	query := r.URL.Query()
	from, err := strconv.ParseInt(query.Get("fromDate"), 10, 64)
	if err != nil {
		writeEventError(w, "field fromDate is required")
		return
	}
	to := v.now().Unix()
	if at, err := strconv.ParseInt(query.Get("toDate"), 10, 64); err == nil {
		to = at
	}
	found := slices.DeleteFunc(v.all(&v.events), func(o Object) bool {
		start := o.seconds("startDate")
		listed := len(search.Filter.Categories) == 0 || slices.Contains(search.Filter.Categories, o.text("category"))
		return start < from || start > to || !listed
	})
	slices.SortStableFunc(found, func(a, b Object) int {
		x := a.seconds("startDate")
		y := b.seconds("startDate")
		if query.Get("order") == "desc" {
			x, y = y, x
		}
		return cmp.Compare(x, y)
	})
	writeJSON(w, http.StatusOK, Object{"resolution": "long", "totalEvents": len(found), "events": buckets(found, query.Get("index"), query.Get("size"))})
}

// buckets returns one page of the events, each in a bucket of its own.
func buckets(events []Object, index, size string) []Object {
	length, err := strconv.Atoi(size)
	if err != nil || length < 1 {
		length = eventsBySize
	}
	page, err := strconv.Atoi(index)
	if err != nil || page < 0 || page > len(events) {
		page = 0
	}
	start := min(page*length, len(events))
	shown := []Object{}
	for _, o := range events[start:min(start+length, len(events))] {
		shown = append(shown, Object{
			"date": o["startDate"], "totalEvents": 1, "topEvent": []Object{o},
			"topGroups": []Object{{"title": o["category"], "total": 1}},
		})
	}
	return shown
}
