package anomify

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// maxExclusions keeps a client that runs wild from filling the memory.
const maxExclusions = 10_000

func exclusionTypes() []exclusionType {
	return []exclusionType{{"exact", "Exactly"}, {"contains", "Contains"}, {"prefix", "Begins with"}}
}

// Exclusions returns all exclusions, oldest first.
func (v *Vendor) Exclusions() []Exclusion {
	v.mu.Lock()
	defer v.mu.Unlock()
	found := []Exclusion{}
	for _, e := range v.exclusions {
		if e != nil {
			found = append(found, *e)
		}
	}
	return found
}

// exclusion reads the exclusion that a call describes, or answers that it
// describes none.
func (v *Vendor) exclusion(w http.ResponseWriter, r *http.Request) (Exclusion, bool) {
	asked := parameters(r)
	e := Exclusion{Type: asked.Get("type"), Value: asked.Get("value"), CreatedTimestamp: v.now().Unix()}
	known := slices.ContainsFunc(exclusionTypes(), func(t exclusionType) bool { return t.ID == e.Type })
	if !known || e.Value == "" {
		v.reject(w, http.StatusBadRequest, "a known type and a value are required")
		return Exclusion{}, false
	}
	return e, true
}

func (v *Vendor) addExclusion(w http.ResponseWriter, r *http.Request) {
	e, ok := v.exclusion(w, r)
	if !ok {
		return
	}
	if e, ok = v.appendExclusion(e); !ok {
		v.reject(w, http.StatusForbidden, "the organization has too many exclusions")
		return
	}
	v.effect(AddExclusion, e.id(), e.Value, true)
	v.show(w, "exclusion", e)
}

func (v *Vendor) appendExclusion(e Exclusion) (Exclusion, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.exclusions) >= maxExclusions {
		return Exclusion{}, false
	}
	e.ID = int64(len(v.exclusions)) + 1
	v.exclusions = append(v.exclusions, &e)
	return e, true
}

func (v *Vendor) deleteExclusion(w http.ResponseWriter, r *http.Request) {
	id, err := strconv.Atoi(parameters(r).Get("id"))
	if err != nil {
		v.reject(w, http.StatusBadRequest, "id must be a number")
		return
	}
	value, ok := v.removeExclusion(id)
	if !ok {
		v.reject(w, http.StatusNotFound, "there is no such exclusion")
		return
	}
	v.effect(DeleteExclusion, strconv.Itoa(id), value, true)
	v.show(w, "deleted", true)
}

func (v *Vendor) removeExclusion(id int) (value string, ok bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if id < 1 || id > len(v.exclusions) || v.exclusions[id-1] == nil {
		return "", false
	}
	value = v.exclusions[id-1].Value
	v.exclusions[id-1] = nil
	return value, true
}

func (v *Vendor) listExclusions(w http.ResponseWriter, _ *http.Request) {
	v.show(w, "exclusions", listed(v, v.Exclusions()))
}

func (v *Vendor) listExclusionTypes(w http.ResponseWriter, _ *http.Request) {
	v.show(w, "types", listed(v, exclusionTypes()))
}

func (v *Vendor) testExclusion(w http.ResponseWriter, r *http.Request) {
	e, ok := v.exclusion(w, r)
	if !ok {
		return
	}
	metrics := slices.DeleteFunc(v.metrics(), func(m metricEntry) bool { return !e.keepsOut(m.Name) })
	slices.SortFunc(metrics, func(a, b metricEntry) int { return cmp.Compare(a.Name, b.Name) })
	v.show(w, "metrics", listed(v, metrics))
}

func (e Exclusion) keepsOut(metric string) bool {
	switch e.Type {
	case "exact":
		return metric == e.Value
	case "prefix":
		return strings.HasPrefix(metric, e.Value)
	default:
		return strings.Contains(metric, e.Value)
	}
}
