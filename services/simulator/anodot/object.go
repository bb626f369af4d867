package anodot

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// Object is one of the vendor's objects, whole, by the names of the reference:
// data sources and streams, channels, firings, anomalies, events. What it holds
// depends on its type, as it does at the vendor.
type Object map[string]any

func (o Object) text(name string) string {
	text, _ := o[name].(string)
	return text
}

// seconds returns a time, 0 for none.
func (o Object) seconds(name string) int64 {
	switch at := o[name].(type) {
	case float64:
		return int64(at)
	case int64:
		return at
	case int:
		return int64(at)
	default:
		return 0
	}
}

// list returns the objects of a list, whether a program or a JSON text made it.
func (o Object) list(name string) []Object {
	switch list := o[name].(type) {
	case []Object:
		return list
	case []any:
		var objects []Object
		for _, item := range list {
			if object, ok := item.(map[string]any); ok {
				objects = append(objects, object)
			}
		}
		return objects
	default:
		return nil
	}
}

// only returns the object with the named fields alone.
func (o Object) only(names ...string) Object {
	brief := Object{}
	for _, name := range names {
		if value, ok := o[name]; ok {
			brief[name] = value
		}
	}
	return brief
}

func (o Object) without(names ...string) Object {
	rest := maps.Clone(o)
	for _, name := range names {
		delete(rest, name)
	}
	return rest
}

// shelf is a list of objects by id. The vendor locks it.
type shelf []Object

func (s shelf) index(id string) int {
	return slices.IndexFunc(s, func(o Object) bool { return o.text("id") == id })
}

// with returns the shelf with the object, in place of one of its id.
func (s shelf) with(o Object) shelf {
	if i := s.index(o.text("id")); i >= 0 {
		s[i] = o
		return s
	}
	return append(s, o)
}

func (s shelf) get(id string) (Object, bool) {
	if i := s.index(id); i >= 0 {
		return s[i], true
	}
	return nil, false
}

// named returns the objects with the text in their name, in any case.
func (s shelf) named(text string) []Object {
	found := []Object{}
	for _, o := range s {
		if strings.Contains(strings.ToLower(o.text("name")), strings.ToLower(text)) {
			found = append(found, o)
		}
	}
	return found
}

// find returns the object of the id from a shelf of the vendor's.
func (v *Vendor) find(s *shelf, id string) (Object, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return s.get(id)
}

func (v *Vendor) all(s *shelf) []Object {
	v.mu.Lock()
	defer v.mu.Unlock()
	return append([]Object{}, *s...)
}

func (v *Vendor) putInto(s *shelf, o Object) {
	v.mu.Lock()
	defer v.mu.Unlock()
	*s = s.with(o)
}

// take removes the object of the id from a shelf of the vendor's.
func (v *Vendor) take(s *shelf, id string) (Object, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	i := s.index(id)
	if i < 0 {
		return nil, false
	}
	o := (*s)[i]
	*s = slices.Delete(*s, i, i+1)
	return o, true
}

// readBody decodes the request's whole body, or answers that it cannot be read.
func readBody(w http.ResponseWriter, r *http.Request, into any) bool {
	body, err := io.ReadAll(r.Body)
	if err == nil {
		err = json.Unmarshal(body, into)
	}
	if err != nil {
		writeErrors(w, http.StatusBadRequest, codeJSON, "Json parsing error")
		return false
	}
	return true
}

// newID returns an id of the form that alerts and events have.
func newID() string {
	random := make([]byte, 16)
	_, _ = rand.Read(random)
	text := hex.EncodeToString(random)
	return strings.Join([]string{text[:8], text[8:12], text[12:16], text[16:20], text[20:]}, "-")
}
