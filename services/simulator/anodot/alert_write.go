package anodot

import (
	"net/http"
	"slices"

	"github.com/signalbox-io/signalbox/services/simulator/record"
)

// What calls do to the account's objects, as effects name it.
const (
	effectCreateAlert  = "create_alert"
	effectUpdateAlert  = "update_alert"
	effectDeleteAlert  = "delete_alert"
	effectFeedback     = "create_feedback"
	effectCreateStream = "create_data_stream"
	effectUpdateStream = "update_data_stream"
	effectDeleteStream = "delete_data_stream"
	effectPauseStream  = "pause_data_stream"
	effectResumeStream = "resume_data_stream"
	effectSendMetrics  = "send_metrics"
	effectCreateEvent  = "create_user_event"
	effectUpdateEvent  = "update_user_event"
	effectDeleteEvent  = "delete_user_event"

	effectCreateWebhook = "create_webhook"
)

func (v *Vendor) effect(action, id, name string, changed bool) {
	v.log.AddEffect(record.Effect{Time: v.now(), Vendor: Name, Action: action, ID: id, Name: name, Changed: changed})
}

// createAlert makes an alert of the configuration in the body. Its owner is the
// token's, whatever the body says.
func (v *Vendor) createAlert(w http.ResponseWriter, r *http.Request) {
	var wanted Configuration
	if !readBody(w, r, &wanted) {
		return
	}
	if wanted.Title == "" {
		writeErrors(w, http.StatusBadRequest, codeGeneral, "title is mandatory")
		return
	}
	wanted.Owner = pausedBy
	alert := Alert{ID: newID(), Configuration: wanted, Meta: Meta{
		CreatedBy: pausedBy, ModifiedBy: pausedBy, CreatorID: pausedByID, ModifierID: pausedByID,
	}}
	v.AddAlert(alert)
	alert, _ = v.Alert(alert.ID)
	v.effect(effectCreateAlert, alert.ID, alert.Configuration.Title, true)
	writeJSON(w, http.StatusOK, alert)
}

// updateAlert puts the configuration in the body in the place of the alert's.
func (v *Vendor) updateAlert(w http.ResponseWriter, r *http.Request) {
	var wanted Configuration
	if !readBody(w, r, &wanted) {
		return
	}
	alert, _, ok := v.changeAlert(r.PathValue("id"), func(a *Alert) bool {
		wanted.Owner = a.Configuration.Owner
		a.Configuration = complete(wanted)
		a.Meta.ModifiedTime, a.Meta.ModifiedBy, a.Meta.ModifierID = v.now().Unix(), pausedBy, pausedByID
		return true
	})
	if !ok {
		writeNoAlert(w, r)
		return
	}
	v.effect(effectUpdateAlert, alert.ID, alert.Configuration.Title, true)
	writeJSON(w, http.StatusOK, alert)
}

func (v *Vendor) deleteAlert(w http.ResponseWriter, r *http.Request) {
	alert, ok := v.removeAlert(r.PathValue("id"))
	if !ok {
		writeNoAlert(w, r)
		return
	}
	v.effect(effectDeleteAlert, alert.ID, alert.Configuration.Title, true)
	w.WriteHeader(http.StatusOK)
}

func (v *Vendor) removeAlert(id string) (Alert, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	i := v.alertIndex(id)
	if i < 0 {
		return Alert{}, false
	}
	alert := v.alerts[i]
	v.alerts = slices.Delete(v.alerts, i, i+1)
	return alert, true
}
