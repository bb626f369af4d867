package anodot

import "net/http"

// createFeedback takes a verdict on firings. It lists them under the links of
// the alerts that fired.
func (v *Vendor) createFeedback(w http.ResponseWriter, r *http.Request) {
	var posted struct {
		UserID     string   `json:"userId"`
		UserName   string   `json:"userName"`
		TriggerIDs []string `json:"triggerIds"`
		Type       string   `json:"type"`
		Origin     string   `json:"origin"`
	}
	if !readBody(w, r, &posted) {
		return
	}
	if posted.Type != "GOOD_CATCH" && posted.Type != "NOT_INTERESETING" || len(posted.TriggerIDs) == 0 {
		writeErrors(w, http.StatusBadRequest, codeGeneral, "type or triggerIds is not valid")
		return
	}
	feedback := Feedback{ID: newID(), Type: posted.Type, UserName: posted.UserName, CreatedTime: v.now().Unix()}
	for _, id := range posted.TriggerIDs {
		trigger, ok := v.find(&v.triggers, id)
		if !ok {
			writeNotFound(w, r, "object not found in underlying storage: trigger "+id+" was not found")
			return
		}
		start := trigger.seconds("startTime")
		feedback.Alerts = append(feedback.Alerts, FeedbackAlert{
			ID: AlertLink(trigger.text("alertConfigurationId")), AlertName: trigger.text("title"),
			StartTime: start, Status: trigger.text("status"),
		})
		feedback.AnomalyID = AnomalyLink(trigger.text("groupId"), id)
	}
	v.AddFeedback(feedback)
	v.effect(effectFeedback, feedback.ID, feedback.Type, true)
	writeJSON(w, http.StatusOK, Object{"id": feedback.ID, "meta": Object{
		"userId": posted.UserID, "createdTime": feedback.CreatedTime, "modifiedTime": feedback.CreatedTime, "origin": posted.Origin,
	}})
}
