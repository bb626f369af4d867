package anomify

import (
	"net/http"
	"strconv"
)

// identified is an object that lists have.
type identified interface{ id() string }

func (a anomalyEntry) id() string { return strconv.FormatInt(a.ID, 10) }
func (w Watcher) id() string      { return strconv.FormatInt(w.ID, 10) }
func (p Pattern) id() string      { return strconv.FormatInt(p.ID, 10) }
func (m Match) id() string        { return strconv.FormatInt(m.ID, 10) }
func (e Exclusion) id() string    { return strconv.FormatInt(e.ID, 10) }
func (m metricEntry) id() string  { return strconv.Itoa(m.ID) }
func (u User) id() string         { return strconv.FormatInt(u.ID, 10) }
func (c Channel) id() string      { return strconv.FormatInt(c.ID, 10) }
func (e Event) id() string        { return strconv.FormatInt(e.ID, 10) }
func (a AdminAlert) id() string   { return strconv.FormatInt(a.ID, 10) }
func (t exclusionType) id() string {
	return t.ID
}

// listed returns a list as the organization has lists at the moment.
func listed[T identified](v *Vendor, records []T) any {
	v.mu.Lock()
	byID := v.listsByID
	v.mu.Unlock()
	if !byID {
		return append([]T{}, records...)
	}
	objects := map[string]T{}
	for _, record := range records {
		objects[record.id()] = record
	}
	return objects
}

// show answers with the value under the name.
func (v *Vendor) show(w http.ResponseWriter, name string, value any) {
	v.answer(w, "", http.StatusOK, map[string]any{name: value})
}

// pathID returns the id in the path, or answers that it is none.
func (v *Vendor) pathID(w http.ResponseWriter, r *http.Request) (int64, bool) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		v.reject(w, http.StatusBadRequest, "the id must be a number")
	}
	return id, err == nil
}
