package anura

import (
	"cmp"
	"fmt"
	"time"

	"github.com/signalbox-io/signalbox/pkg/poll"
	anurav1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anura/v1"
)

// ConvertScript turns an overview of the Script product into an event for each
// day. A day of which no count is known is no event: zeros would be a guess.
func ConvertScript(source string, asked Question, answer *anurav1.GetScriptOverviewResponse) poll.Batch {
	var batch poll.Batch
	part := "script:" + asked.part()
	for _, d := range answer.GetDays() {
		day, isDay := parseDay(d.GetDay())
		counts := scriptMeasures(d.GetCounts())
		switch {
		case !isDay || day.Before(asked.First) || day.After(asked.Last):
			batch.RejectOf(part, "bad_day", fmt.Sprintf("script overview of %s: %d is no day from %d to %d",
				asked.Place, d.GetDay(), number(asked.First), number(asked.Last)), scriptRecord(d))
		case len(counts) == 0:
			batch.RejectOf(part, "unreadable", fmt.Sprintf("script overview of %s: no count of %d is known",
				asked.Place, d.GetDay()), scriptRecord(d))
		default:
			e := trafficOf(source, asked, day, scriptFact(asked, day, counts))
			e.Raw = poll.Raw(answer.GetRaw())
			batch.Events = append(batch.Events, e)
		}
	}
	for _, r := range answer.GetRejected() {
		batch.RejectOf(part, "unreadable",
			fmt.Sprintf("script overview of %s, row %d: %s", asked.Place, r.GetIndex(), r.GetReason()), r.GetRaw())
	}
	return batch
}

func scriptFact(asked Question, day time.Time, counts map[string]float64) fact {
	labels := asked.labels()
	labels["product"] = script
	return fact{
		nativeID: "script:" + asked.nativeID(day),
		revision: revisionOf(counts),
		entity:   asked.entity(),
		labels:   labels,
		title:    lineOf(cmp.Or(asked.Campaign, asked.InstanceName, asked.Instance), counts),
		measures: counts,
	}
}

// scriptMeasures returns the counts under their names; none where the answer
// has other names only. What is bad is called invalid: what the vendor warns of
// may be people.
func scriptMeasures(c *anurav1.ScriptCounts) map[string]float64 {
	judged := c.GetGood() + c.GetWarn() + c.GetBad()
	if judged == 0 && c.GetRequests() == 0 && len(c.GetExtra()) > 0 {
		return nil
	}
	counts := map[string]float64{
		"requests": float64(cmp.Or(c.GetRequests(), judged)),
		"good":     float64(c.GetGood()), "warn": float64(c.GetWarn()), "bad": float64(c.GetBad()),
	}
	if c.GetResponses() > 0 {
		counts["responses"] = float64(c.GetResponses())
	}
	return withRatio(counts)
}

// scriptRecord is the day alone, in the same words at each poll.
func scriptRecord(d *anurav1.ScriptDay) string {
	c := d.GetCounts()
	return inJSON(map[string]any{
		"date": d.GetDay(), "requests": c.GetRequests(), "good": c.GetGood(), "warn": c.GetWarn(), "bad": c.GetBad(),
		"extra": c.GetExtra(),
	})
}
