package anodot

import (
	"net/http"
	"slices"
)

// AddAlert puts an alert into the account. Empty fields take sensible values:
// it runs, is valid, and was made at this moment. An alert of the same id is
// replaced.
func (v *Vendor) AddAlert(a Alert) {
	now := v.now().Unix()
	if a.Meta.CreatedTime == 0 {
		a.Meta.CreatedTime = now
	}
	if a.Meta.ModifiedTime == 0 {
		a.Meta.ModifiedTime = a.Meta.CreatedTime
	}
	if a.State.State == "" {
		a.State.State = stateActive
	}
	if len(a.Validation.General) == 0 {
		a.Validation = Validation{IsValid: true, General: []Problem{}}
	}
	a.Configuration = complete(a.Configuration)

	v.mu.Lock()
	defer v.mu.Unlock()
	if i := v.alertIndex(a.ID); i >= 0 {
		v.alerts[i] = a
		return
	}
	v.alerts = append(v.alerts, a)
}

// complete fills in what every listed configuration has.
func complete(c Configuration) Configuration {
	if c.TimeScale == "" {
		c.TimeScale = "5m"
	}
	if len(c.Type) == 0 {
		c.Type = []string{"anomaly"}
	}
	if c.Severity == "" {
		c.Severity = "medium"
	}
	if c.Search.Type == "" {
		c.Search.Type = "expression"
	}
	if len(c.Conditions) == 0 {
		c.Conditions = []map[string]any{
			{"type": "direction", "direction": "down"},
			{"type": "significance", "significance": 0.35},
			{"type": "duration", "duration": 1200},
		}
	}
	c.Search.Expression.Expression = notNil(c.Search.Expression.Expression)
	c.CorrelatedEvents.Query.Expression = notNil(c.CorrelatedEvents.Query.Expression)
	c.Channels = notNil(c.Channels)
	c.Subscribers = notNil(c.Subscribers)
	return c
}

func notNil[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// Alert returns the alert as it is, and whether there is one of this id.
func (v *Vendor) Alert(id string) (Alert, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	i := v.alertIndex(id)
	if i < 0 {
		return Alert{}, false
	}
	return v.alerts[i], true
}

func (v *Vendor) alertIndex(id string) int {
	return slices.IndexFunc(v.alerts, func(a Alert) bool { return a.ID == id })
}

func (v *Vendor) listAlerts(w http.ResponseWriter, _ *http.Request) {
	v.mu.Lock()
	alerts := append([]Alert{}, v.alerts...)
	v.mu.Unlock()
	writeJSON(w, http.StatusOK, alerts)
}

func (v *Vendor) getAlert(w http.ResponseWriter, r *http.Request) {
	alert, ok := v.Alert(r.PathValue("id"))
	if !ok {
		writeNoAlert(w, r)
		return
	}
	writeJSON(w, http.StatusOK, alert)
}

func writeNoAlert(w http.ResponseWriter, r *http.Request) {
	writeNotFound(w, r, "object not found in underlying storage: alert "+r.PathValue("id")+" was not found")
}
