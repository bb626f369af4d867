package fault

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
	"time"
)

// defaultDelaySeconds is how late a [Slow] answer is unless the fault says.
const defaultDelaySeconds = 5

// carryOut lets the vendor do what the call asks for, and keeps its answer.
func carryOut(r *http.Request, vendor Vendor) *buffer {
	whole := newBuffer()
	vendor.ServeHTTP(whole, r)
	return whole
}

// send answers what a buffer holds with another body, whose length is left to
// the server.
func (b *buffer) send(w http.ResponseWriter, status int, body []byte) {
	for key, values := range b.header {
		if key != "Content-Length" {
			w.Header()[key] = values
		}
	}
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

// serveHalf ends the answer properly after half of it, so that only reading
// the JSON shows that something is missing.
func serveHalf(w http.ResponseWriter, r *http.Request, vendor Vendor) {
	whole := carryOut(r, vendor)
	whole.send(w, whole.status, whole.body.Bytes()[:whole.body.Len()/2])
}

// serveTruncated breaks the connection where the client still waits for the
// other half.
func serveTruncated(w http.ResponseWriter, r *http.Request, vendor Vendor) {
	whole := carryOut(r, vendor)
	w.Header().Set("Content-Length", strconv.Itoa(max(1, whole.body.Len())))
	whole.send(w, whole.status, whole.body.Bytes()[:whole.body.Len()/2])
	_ = http.NewResponseController(w).Flush() // one that cannot flush breaks all the same
	// No reset: it could overtake the half that has been sent.
	panic(http.ErrAbortHandler)
}

// serveSlow answers late, or not at all once the client has gone.
func serveSlow(w http.ResponseWriter, r *http.Request, vendor Vendor, delay time.Duration) {
	whole := carryOut(r, vendor)
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
		whole.send(w, whole.status, whole.body.Bytes())
	case <-r.Context().Done():
		panic(http.ErrAbortHandler)
	}
}

// serveStatus answers a status, in the vendor's error shape where there is no
// body to answer.
func serveStatus(w http.ResponseWriter, vendor Vendor, status int, body string) {
	if body == "" {
		vendor.Fail(w, status)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(body))
}

// serveHidden answers an error as if all were well.
func serveHidden(w http.ResponseWriter, vendor Vendor, f Fault) {
	hidden := newBuffer()
	serveStatus(hidden, vendor, statusOr500(f.Status), f.Body)
	hidden.send(w, http.StatusOK, hidden.body.Bytes())
}

// serveChanged answers the truth in another shape. What is no JSON stays as it
// is.
func serveChanged(w http.ResponseWriter, r *http.Request, vendor Vendor, change func(any) any) {
	whole := carryOut(r, vendor)
	body := whole.body.Bytes()
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var truth any
	if decoder.Decode(&truth) == nil {
		// What came out of a decoder always encodes.
		body, _ = json.Marshal(change(truth))
	}
	whole.send(w, whole.status, body)
}

// withMaps makes an object of each array, with the index as the name.
func withMaps(value any) any {
	switch value := value.(type) {
	case []any:
		object := make(map[string]any, len(value))
		for i, element := range value {
			object[strconv.Itoa(i)] = withMaps(element)
		}
		return object
	case map[string]any:
		for name, element := range value {
			value[name] = withMaps(element)
		}
		return value
	default:
		return value
	}
}

// withWrongTypes gives each text, number and flag another type.
func withWrongTypes(value any) any {
	switch value := value.(type) {
	case []any:
		for i, element := range value {
			value[i] = withWrongTypes(element)
		}
		return value
	case map[string]any:
		for name, element := range value {
			value[name] = withWrongTypes(element)
		}
		return value
	case string:
		return []any{value}
	case json.Number:
		return value.String()
	case bool:
		if value {
			return 1
		}
		return 0
	default:
		return value
	}
}
