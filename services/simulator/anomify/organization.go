package anomify

import "net/http"

// organization is what belongs to the account and to none of its metrics.
type organization struct {
	users    []User
	channels []Channel
	events   []Event
	alerts   []AdminAlert
}

func newOrganization() organization {
	return organization{
		users:    []User{{ID: 1, OrgID: 1, Name: "Ana", Email: "ana@example.com"}},
		channels: []Channel{{ID: 1, Name: "#alerts", Type: "slack"}},
		alerts: []AdminAlert{
			{ID: 1, Name: "No data received", WaitSeconds: 600, ExpirationSeconds: 3600, Enabled: true, Alerts: []AdminAlertRoute{}},
			{ID: 2, Name: "Quota exceeded", WaitSeconds: 300, ExpirationSeconds: 86400, Alerts: []AdminAlertRoute{}},
		},
	}
}

// AddUser puts a person into the organization.
func (v *Vendor) AddUser(u User) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.org.users = append(v.org.users, u)
}

// AddEvent puts something that happened into the organization.
func (v *Vendor) AddEvent(e Event) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.org.events = append(v.org.events, e)
}

// copied returns what the organization has, which later changes leave alone.
func (v *Vendor) copied() organization {
	v.mu.Lock()
	defer v.mu.Unlock()
	return organization{
		users:    append([]User{}, v.org.users...),
		channels: append([]Channel{}, v.org.channels...),
		events:   append([]Event{}, v.org.events...),
		alerts:   append([]AdminAlert{}, v.org.alerts...),
	}
}

func (v *Vendor) orgInfo(w http.ResponseWriter, _ *http.Request) {
	v.show(w, "org", map[string]any{"id": 1, "name": "Example", "onboarding_status_id": 300})
}

func (v *Vendor) orgSummary(w http.ResponseWriter, _ *http.Request) {
	v.answer(w, "", http.StatusOK, map[string]any{
		"metrics": len(v.metrics()), "watchers": len(v.Watchers()), "users": len(v.copied().users),
	})
}

func (v *Vendor) listUsers(w http.ResponseWriter, _ *http.Request) {
	v.show(w, "users", listed(v, v.copied().users))
}

func (v *Vendor) listChannels(w http.ResponseWriter, _ *http.Request) {
	v.show(w, "channels", listed(v, v.copied().channels))
}

func (v *Vendor) listEvents(w http.ResponseWriter, r *http.Request) {
	asked, ok := v.window(w, r)
	if !ok {
		return
	}
	var found []Event
	for _, e := range v.copied().events {
		if e.Timestamp >= asked.from && e.Timestamp <= asked.until {
			found = append(found, e)
		}
	}
	v.show(w, "events", listed(v, found))
}

// listChips shows the parts of all names, as watchers match them.
func (v *Vendor) listChips(w http.ResponseWriter, _ *http.Request) {
	v.show(w, "chips", v.chips())
}
