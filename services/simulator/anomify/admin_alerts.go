package anomify

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// leastWait is the documented minimum of wait_seconds.
const leastWait = 300

// AdminAlerts returns the alerts about the organization.
func (v *Vendor) AdminAlerts() []AdminAlert { return v.copied().alerts }

// adminAlerts reads the admin alerts, and changes those that a POST names.
func (v *Vendor) adminAlerts(w http.ResponseWriter, r *http.Request) {
	asked := parameters(r)
	changes := slices.ContainsFunc(keys(asked), func(name string) bool { return strings.HasPrefix(name, "type_") })
	switch {
	case changes && r.Method != http.MethodPost:
		v.Fail(w, http.StatusMethodNotAllowed)
		return
	case changes:
		if err := v.changeAdminAlerts(asked); err != nil {
			v.reject(w, http.StatusBadRequest, err.Error())
			return
		}
	}
	v.show(w, "admin_alerts", listed(v, v.AdminAlerts()))
}

func keys(values url.Values) []string {
	names := make([]string, 0, len(values))
	for name := range values {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// changeAdminAlerts changes all that is named, or nothing.
func (v *Vendor) changeAdminAlerts(asked url.Values) error {
	org := v.copied()
	for _, name := range keys(asked) {
		rest, ok := strings.CutPrefix(name, "type_")
		if !ok {
			continue
		}
		id, field, _ := strings.Cut(rest, "_")
		i := slices.IndexFunc(org.alerts, func(a AdminAlert) bool { return a.id() == id })
		if i < 0 {
			return errors.New("there is no admin alert of type " + id)
		}
		if err := org.change(&org.alerts[i], field, asked.Get(name)); err != nil {
			return err
		}
	}
	v.mu.Lock()
	v.org.alerts = org.alerts
	v.mu.Unlock()
	v.effect(UpdateAdminAlerts, "", "", true)
	return nil
}

func (o organization) change(alert *AdminAlert, field, value string) error {
	var err error
	switch field {
	case "enabled":
		alert.Enabled, err = strconv.ParseBool(value)
	case "wait_seconds":
		alert.WaitSeconds, err = strconv.ParseInt(value, 10, 64)
		if err == nil && alert.WaitSeconds < leastWait {
			err = errors.New("is less than 300")
		}
	case "slack_channel":
		var routes []AdminAlertRoute
		if value != "" {
			routes = []AdminAlertRoute{{Method: "slack", Ref: value}}
		}
		alert.Alerts = rerouted(alert.Alerts, "slack", routes)
	case "email_users", "sms_users":
		method := strings.TrimSuffix(field, "_users")
		var routes []AdminAlertRoute
		routes, err = o.routes(method, value)
		alert.Alerts = rerouted(alert.Alerts, method, routes)
	default:
		err = errors.New("is no such parameter")
	}
	if err != nil {
		return errors.New(field + ": " + err.Error())
	}
	return nil
}

// rerouted returns the routes with those of one method replaced.
func rerouted(routes []AdminAlertRoute, method string, by []AdminAlertRoute) []AdminAlertRoute {
	kept := slices.DeleteFunc(slices.Clone(routes), func(r AdminAlertRoute) bool { return r.Method == method })
	return append(kept, by...)
}

func (o organization) routes(method, list string) ([]AdminAlertRoute, error) {
	var routes []AdminAlertRoute
	for id := range strings.SplitSeq(list, ",") {
		if id == "" {
			continue
		}
		i := slices.IndexFunc(o.users, func(u User) bool { return u.id() == id })
		if i < 0 {
			return nil, errors.New("there is no user " + id)
		}
		user := o.users[i]
		routes = append(routes, AdminAlertRoute{Method: method, Ref: user.Email, User: &user})
	}
	return routes, nil
}

func (v *Vendor) getAdminAlert(w http.ResponseWriter, r *http.Request) {
	for _, alert := range v.AdminAlerts() {
		if alert.id() == r.PathValue("code") {
			v.show(w, "admin_alert", alert)
			return
		}
	}
	v.reject(w, http.StatusNotFound, "there is no such admin alert")
}
