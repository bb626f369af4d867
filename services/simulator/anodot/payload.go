package anodot

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// humanTime is how pushes write times for people.
const humanTime = "2 Jan, 2006 3:04PM (UTC)"

// payload is what a webhook channel pushes of a firing: numbers are texts here,
// and words for the same thing are written in several ways, as the vendor does.
func payload(firing Object, extended bool) Object {
	start := firing.seconds("startTime")
	p := Object{
		"subject": "Anomaly Alert: " + firing.text("title"), "severity": firing.text("severity"),
		"description":      firing.text("description"),
		"investigationUrl": AnomalyLink(firing.text("groupId"), firing.text("id")),
		"startTime":        human(start), "startTimeEpoch": strconv.FormatInt(start, 10),
		"anomalyId": firing.text("groupId"), "alertGroupId": firing.text("groupId"),
		"timeScale": firing.text("timeScale"), "type": "Anomaly",
		"alerts": []Object{alertOf(firing)},
	}
	if extended {
		p["alertGroupStatus"] = map[string]string{"CLOSE": "CLOSED"}[firing.text("status")]
		if p["alertGroupStatus"] == "" {
			p["alertGroupStatus"] = firing.text("status")
		}
		p["mergedAnomalies"] = "[" + firing.text("groupId") + "]"
		p["triageUrl"] = "https://app.anodot.com/#!/triage/" + firing.text("groupId")
	}
	return p
}

func alertOf(firing Object) Object {
	id := firing.text("alertConfigurationId")
	status := strings.ToLower(firing.text("status"))
	if status == "close" {
		status = "closed"
	}
	return Object{
		"title": firing.text("title"), "description": firing.text("description"), "severity": firing.text("severity"),
		"alertStatus": status, "alertId": id, "alertSettingsUrl": AlertEditLink(id),
		"events": Object{"total": "0", "buckets": []Object{}}, "metrics": metricsOf(firing),
	}
}

func metricsOf(firing Object) []Object {
	shown := []Object{}
	for _, m := range firing.list("metrics") {
		interval := Object{}
		if intervals := m.list("intervals"); len(intervals) > 0 {
			interval = intervals[len(intervals)-1]
		}
		start := m.seconds("startTime")
		score, _ := interval["score"].(float64)
		seconds := max(firing.seconds("endTime"), firing.seconds("updateTime"), start) - start
		shown = append(shown, Object{
			"id": m["id"], "name": m["name"], "state": strings.ToUpper(m.text("status")),
			"startTime": human(start), "startTimeEpoch": strconv.FormatInt(start, 10),
			"duration": strconv.FormatInt(seconds/60, 10) + "m", "durationInSeconds": strconv.FormatInt(seconds, 10),
			"peak": fmt.Sprint(interval["peak"]), "direction": interval["direction"], "significance": score * 100,
		})
	}
	return shown
}

func human(seconds int64) string { return time.Unix(seconds, 0).UTC().Format(humanTime) }
