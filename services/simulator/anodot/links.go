package anodot

// appURL is the web application that links lead to.
const appURL = "http://test.anodot.com"

// AlertLink is the link to an alert's settings in the form that the API
// reference shows in a feedback's alerts.
func AlertLink(alertID string) string {
	return appURL + "/#!/alerts/" + alertID
}

// AlertEditLink is the link to an alert's settings in the newer form.
func AlertEditLink(alertID string) string {
	return appURL + "/#!/r/alert-manager/edit/" + alertID + "/settings"
}

// AnomalyLink is the link to an anomaly, whose id is 32 hexadecimal digits.
// The trigger is the alert's firing, not its configuration.
func AnomalyLink(anomalyID, triggerID string) string {
	return appURL + "/#!/anomalies?ref=pd&tabs=main;0&activeTab=1&anomalies=;0(" + anomalyID + ")" +
		"&duration=;1(1)&durationScale=;minutes(minutes)&delta=;0(0)&deltaType=;percentage(percentage)" +
		"&resolution=;medium(medium)&score=;0(0)&state=;both(both)&direction=;both(both)&bookmark=;()" +
		"&alertId=;(" + triggerID + ")&sort=;significance(significance)&q=;()&constRange=;1h(c)" +
		"&startDate=;0(0)&endDate=;0(0)"
}
