package anodot

import (
	"maps"
	"net/http"
)

// AddDataStream puts a data stream into the account, whole as the reference
// shows one; it needs id, name and type.
func (v *Vendor) AddDataStream(o Object) { v.putInto(&v.streams, o) }

// DataStream returns the data stream as it is, and whether there is one of this
// id.
func (v *Vendor) DataStream(id string) (Object, bool) { return v.find(&v.streams, id) }

// SetMetricTotal says how many metrics a data stream has created in the last
// day and in the last week.
func (v *Vendor) SetMetricTotal(id string, day, week int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.totals[id] = map[string]int{"day": day, "week": week}
}

func (v *Vendor) listStreams(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, briefly(v.all(&v.streams), ""))
}

func (v *Vendor) findStreams(w http.ResponseWriter, r *http.Request) {
	writeJSON(w, http.StatusOK, shelf(v.all(&v.streams)).named(r.URL.Query().Get("searchQuery")))
}

func (v *Vendor) getStream(w http.ResponseWriter, r *http.Request) {
	stream, ok := v.find(&v.streams, r.PathValue("id"))
	if !ok {
		writeNoStream(w, r, r.PathValue("id"))
		return
	}
	writeJSON(w, http.StatusOK, stream)
}

func writeNoStream(w http.ResponseWriter, r *http.Request, id string) {
	writeNotFound(w, r, "object not found in underlying storage:  stream "+id+" was not found for user "+accountID)
}

// createStream makes a stream of the object in the body, whose id is the
// vendor's to give.
func (v *Vendor) createStream(w http.ResponseWriter, r *http.Request) {
	var stream Object
	if !readBody(w, r, &stream) {
		return
	}
	if stream.text("name") == "" || stream.text("dataSourceId") == "" || stream.text("type") == "" {
		writeErrors(w, http.StatusBadRequest, codeGeneral, "name, type and dataSourceId are mandatory")
		return
	}
	now := v.now().Unix()
	stream["id"], stream["createTime"], stream["modifyTime"] = "SSS"+newID()[:8], now, now
	for name, value := range map[string]any{"paused": false, "state": "running", "status": "ok"} {
		if _, ok := stream[name]; !ok {
			stream[name] = value
		}
	}
	v.AddDataStream(stream)
	v.effect(effectCreateStream, stream.text("id"), stream.text("name"), true)
	writeJSON(w, http.StatusOK, stream)
}

// updateStream puts the object in the body in the place of the stream.
func (v *Vendor) updateStream(w http.ResponseWriter, r *http.Request) {
	var wanted Object
	if !readBody(w, r, &wanted) {
		return
	}
	id := r.PathValue("id")
	stream, ok := v.find(&v.streams, id)
	if !ok {
		writeNoStream(w, r, id)
		return
	}
	wanted["id"], wanted["createTime"], wanted["modifyTime"] = id, stream["createTime"], v.now().Unix()
	v.AddDataStream(wanted)
	v.effect(effectUpdateStream, id, wanted.text("name"), true)
	writeJSON(w, http.StatusOK, wanted)
}

// setStream pauses or resumes.
func (v *Vendor) setStream(w http.ResponseWriter, r *http.Request) {
	id, action := r.PathValue("id"), effectPauseStream
	switch r.PathValue("action") {
	case "pause":
	case "resume":
		action = effectResumeStream
	default:
		writeErrors(w, http.StatusBadRequest, codeGeneral, "action must be pause or resume")
		return
	}
	stream, changed, ok := v.pauseStream(id, action == effectPauseStream)
	if !ok {
		writeNoStream(w, r, id)
		return
	}
	v.effect(action, id, stream.text("name"), changed)
	writeJSON(w, http.StatusOK, stream.only("name", "id", "paused"))
}

// PauseDataStreamByHand pauses or resumes a data stream as a person does in the
// web application, and reports whether there is such a stream.
func (v *Vendor) PauseDataStreamByHand(id string, paused bool) bool {
	_, _, ok := v.pauseStream(id, paused)
	return ok
}

func (v *Vendor) pauseStream(id string, paused bool) (stream Object, changed, ok bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	i := v.streams.index(id)
	if i < 0 {
		return nil, false, false
	}
	changed = v.streams[i]["paused"] != paused
	// A reader may still hold the one before.
	v.streams[i] = maps.Clone(v.streams[i])
	v.streams[i]["paused"] = paused
	return v.streams[i], changed, true
}

func (v *Vendor) deleteStream(w http.ResponseWriter, r *http.Request) {
	stream, ok := v.take(&v.streams, r.PathValue("id"))
	if !ok {
		writeNoStream(w, r, r.PathValue("id"))
		return
	}
	v.effect(effectDeleteStream, stream.text("id"), stream.text("name"), true)
	w.WriteHeader(http.StatusOK)
}

func (v *Vendor) countMetrics(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	id, span := query.Get("streamId"), query.Get("timeRange")
	for _, stream := range v.all(&v.streams) {
		if id == "" && stream.text("name") == query.Get("streamName") {
			id = stream.text("id")
		}
	}
	if _, ok := v.find(&v.streams, id); !ok {
		writeNoStream(w, r, id)
		return
	}
	if span != "day" && span != "week" {
		writeErrors(w, http.StatusBadRequest, codeGeneral, "timeRange must be day or week")
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	writeJSON(w, http.StatusOK, map[string]int{"total": v.totals[id][span]})
}
