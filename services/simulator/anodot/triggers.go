package anodot

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// triggersBySize is how many firings are listed unless the call says otherwise.
const triggersBySize = 20

// AddTrigger puts a firing into the account, as the lean list shows one, with
// its metrics if it has any; it needs id, alertConfigurationId, status,
// severity, groupId and startTime.
func (v *Vendor) AddTrigger(o Object) { v.putInto(&v.triggers, o) }

func (v *Vendor) listTriggers(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	found := slices.DeleteFunc(v.all(&v.triggers), func(o Object) bool { return !matchesTrigger(o, query) })
	by := cmp.Or(query.Get("sort"), "startTime")
	slices.SortStableFunc(found, func(a, b Object) int {
		x := a.seconds(by)
		y := b.seconds(by)
		if query.Get("order") == "asc" {
			return cmp.Compare(x, y)
		}
		return cmp.Compare(y, x)
	})
	size, err := strconv.Atoi(cmp.Or(query.Get("size"), strconv.Itoa(triggersBySize)))
	if err != nil || size < 1 {
		writeErrors(w, http.StatusBadRequest, codeGeneral, "size must be a positive number")
		return
	}
	if v.options.TriggeredGroups {
		groups := groupsOf(found)
		writeJSON(w, http.StatusOK, Object{"total": len(groups), "alertGroups": groups[:min(size, len(groups))]})
		return
	}
	shown := found[:min(size, len(found))]
	if query.Get("isLeanResponse") != "false" {
		shown = leanly(shown)
	}
	writeJSON(w, http.StatusOK, Object{"total": len(found), "alerts": shown})
}

func leanly(triggers []Object) []Object {
	lean := []Object{}
	for _, o := range triggers {
		lean = append(lean, o.without("metrics"))
	}
	return lean
}

func matchesTrigger(o Object, query url.Values) bool {
	if text := query.Get("startTime"); text != "" {
		after, err := strconv.ParseInt(text, 10, 64)
		if start := o.seconds("startTime"); err != nil || start <= after {
			return false
		}
	}
	if status := query.Get("status"); status != "" && o.text("status") != status {
		return false
	}
	return isListed(query.Get("severities"), strings.ToUpper(o.text("severity"))) &&
		isListed(query.Get("alertConfigurationIds"), o.text("alertConfigurationId")) &&
		isListed(strings.ToLower(query.Get("types")), strings.ToLower(o.text("type")))
}

// isListed reports whether the value is in a list with commas; the empty list
// has every value.
func isListed(list, value string) bool {
	return list == "" || slices.Contains(strings.Split(list, ","), value)
}

// groupsOf puts firings together by their group, in the order of its first.
func groupsOf(triggers []Object) []Object {
	groups := []Object{}
	byID := map[string]Object{}
	for _, o := range triggers {
		id := o.text("groupId")
		group, ok := byID[id]
		if !ok {
			group = Object{"id": id, "name": o["title"], "alerts": []Object{}, "startTime": o["startTime"], "updateTime": o["updateTime"]}
			byID[id] = group
			groups = append(groups, group)
		}
		if alerts, ok := group["alerts"].([]Object); ok {
			group["alerts"] = append(alerts, o)
		}
	}
	return groups
}
