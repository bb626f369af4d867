package anodot

import (
	"net/http"

	"github.com/signalbox-io/signalbox/services/simulator/record"
)

func (v *Vendor) pauseAlert(w http.ResponseWriter, r *http.Request) {
	v.changeState(w, r, record.Pause, func(a *Alert) bool { return v.pause(a, pausedBy, pausedByID) })
}

func (v *Vendor) resumeAlert(w http.ResponseWriter, r *http.Request) {
	v.changeState(w, r, record.Resume, resume)
}

// changeState applies a change that says whether it made a difference.
func (v *Vendor) changeState(w http.ResponseWriter, r *http.Request, action string, change func(*Alert) bool) {
	alert, changed, ok := v.changeAlert(r.PathValue("id"), change)
	if !ok {
		writeNoAlert(w, r)
		return
	}
	v.log.AddEffect(record.Effect{
		Time:    v.now(),
		Vendor:  Name,
		Action:  action,
		ID:      alert.ID,
		Name:    alert.Configuration.Title,
		Changed: changed,
	})
	writeJSON(w, http.StatusOK, alert)
}

func (v *Vendor) changeAlert(id string, change func(*Alert) bool) (alert Alert, changed, ok bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	i := v.alertIndex(id)
	if i < 0 {
		return Alert{}, false, false
	}
	changed = change(&v.alerts[i])
	return v.alerts[i], changed, true
}

// PauseByHand pauses an alert as a person does in the web application, and
// reports whether there is such an alert. It is no effect of a call.
func (v *Vendor) PauseByHand(id, person string) bool {
	_, _, ok := v.changeAlert(id, func(a *Alert) bool { return v.pause(a, person, person) })
	return ok
}

// ResumeByHand resumes an alert as a person does in the web application, and
// reports whether there is such an alert. It is no effect of a call.
func (v *Vendor) ResumeByHand(id string) bool {
	_, _, ok := v.changeAlert(id, resume)
	return ok
}

func (v *Vendor) pause(a *Alert, by, byID string) bool {
	if a.State.State == statePaused {
		return false
	}
	pausedTime := v.now().Unix()
	a.State = State{State: statePaused, PausedTime: &pausedTime, PausedBy: &by, PausedID: &byID}
	return true
}

func resume(a *Alert) bool {
	if a.State.State != statePaused {
		return false
	}
	a.State = State{State: stateActive}
	return true
}
