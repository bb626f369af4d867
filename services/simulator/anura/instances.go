package anura

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
)

func (v *Vendor) listInstances(w http.ResponseWriter, asked parameters) {
	name := asked.text("name")
	all := asked.flag("all", true)
	entries := []instanceEntry{}
	if all {
		entries = append(entries, instanceEntry{
			ID:     url.QueryEscape(allInstances),
			Name:   url.QueryEscape(allInstances),
			Status: 1,
		})
	}
	for _, instance := range v.instancesNamed(name) {
		entries = append(entries, instanceEntry{ID: instance.ID, Name: url.QueryEscape(instance.Name), Status: 1})
	}
	shown, turned, err := turn(entries, asked)
	if err != nil {
		writeError(w, http.StatusBadRequest, err.Error())
		return
	}
	writeJSON(w, http.StatusOK, instancesAnswer{
		Instances: shown,
		Query:     instancesQuery{Name: encodedOrFalse(name), All: all, page: turned},
	})
}

func (v *Vendor) instancesNamed(name string) []Instance {
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(v.instances), func(i Instance) bool {
		return !matches(name, allInstances, i.Name)
	})
}

// isInstance reports whether the asked instance is this one. The caller holds
// the lock.
func (v *Vendor) isInstance(asked string, id int) bool {
	return asked == "" || asked == allInstances || asked == strconv.Itoa(id)
}

// knowsInstance reports whether a request may ask for this instance.
func (v *Vendor) knowsInstance(asked string) bool {
	if asked == "" || asked == allInstances {
		return true
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.ContainsFunc(v.instances, func(i Instance) bool { return asked == strconv.Itoa(i.ID) })
}

// turn cuts the asked page out of a list.
func turn[T any](list []T, asked parameters) ([]T, page, error) {
	number, err := asked.number("page", 1, 1, 1<<30)
	if err != nil {
		return nil, page{}, err
	}
	limit, err := asked.number("limit", defaultLimit, 1, maxLimit)
	if err != nil {
		return nil, page{}, err
	}
	start := min((number-1)*limit, len(list))
	end := min(start+limit, len(list))
	return list[start:end], page{
		Page:    number,
		Limit:   limit,
		Results: len(list),
		Pages:   (len(list) + limit - 1) / limit,
	}, nil
}

// encodedOrFalse is how a query's echo writes a text that may be missing.
func encodedOrFalse(text string) any {
	if text == "" {
		return false
	}
	return url.QueryEscape(text)
}
