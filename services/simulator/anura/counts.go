package anura

import (
	"slices"
	"strings"
	"time"
)

// Instance is one property whose traffic is judged.
type Instance struct {
	// ID is positive and unique. An instance of the same id is replaced.
	ID   int
	Name string
}

// Counts are judged requests. Mobile ones are among the other two.
type Counts struct {
	NonSuspect, Suspect, Mobile int
}

// ScriptCounts are requests of the Script product by their result. Mobile ones
// are among the others.
type ScriptCounts struct {
	Good, Warn, Bad int
	// Unanswered requests had no result.
	Unanswered int
	Mobile     int
}

// Detail is what reports tell traffic apart by. An empty field is unknown.
type Detail struct {
	Browser, BrowserVersion string
	OS, OSVersion           string
	Manufacturer, Model     string
	DeviceType              string
	Country, Region, City   string
	Network, Connection     string
}

// Place is where traffic came from.
type Place struct {
	// Instance is the id of an instance that has been added.
	Instance int
	Source   string
	Campaign string
}

// cell is one day's traffic from one place.
type cell struct {
	product product
	place   Place
	detail  Detail
	// day is YYYYMMDD in UTC.
	day string
}

// AddInstance puts an instance into the account.
func (v *Vendor) AddInstance(i Instance) {
	v.mu.Lock()
	defer v.mu.Unlock()
	same := func(other Instance) bool { return other.ID == i.ID }
	if at := slices.IndexFunc(v.instances, same); at >= 0 {
		v.instances[at] = i
		return
	}
	v.instances = append(v.instances, i)
}

// SetCounts sets what a place has had on the day (in UTC) that holds at, of the
// Direct product and without any detail.
func (v *Vendor) SetCounts(place Place, at time.Time, counts Counts) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.counts[cell{direct, place, Detail{}, at.UTC().Format(dayLayout)}] = tallyOf(counts)
}

// AddCounts adds to what a place has had on the day (in UTC) that holds at, of
// the Direct product and without any detail.
func (v *Vendor) AddCounts(place Place, at time.Time, more Counts) {
	v.AddTraffic(place, Detail{}, at, more)
}

// AddTraffic adds traffic of the Direct product to the day (in UTC) that holds
// at.
func (v *Vendor) AddTraffic(place Place, detail Detail, at time.Time, more Counts) {
	v.add(cell{direct, place, detail, at.UTC().Format(dayLayout)}, tallyOf(more))
}

// AddScript adds traffic of the Script product to the day (in UTC) that holds
// at.
func (v *Vendor) AddScript(place Place, detail Detail, at time.Time, more ScriptCounts) {
	v.add(cell{script, place, detail, at.UTC().Format(dayLayout)}, tally{
		nonsuspect: more.Good, suspect: more.Bad, warn: more.Warn, unanswered: more.Unanswered, mobile: more.Mobile,
	})
}

func (v *Vendor) add(key cell, more tally) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.counts[key] = v.counts[key].plus(more)
}

func tallyOf(c Counts) tally {
	return tally{nonsuspect: c.NonSuspect, suspect: c.Suspect, mobile: c.Mobile}
}

// filter picks cells; its zero text fields pick all.
type filter struct {
	days     span
	instance string
	source   string
	campaign string
}

func (p parameters) filter(days span) filter {
	return filter{
		days:     days,
		instance: p.text("instance"),
		source:   p.text("source"),
		campaign: p.text("campaign"),
	}
}

// byDay adds up the picked cells of each day.
func (v *Vendor) byDay(p product, f filter) map[string]tally {
	days := map[string]tally{}
	v.each(f, func(key cell, t tally) {
		if key.product == p {
			days[key.day] = days[key.day].plus(t)
		}
	})
	return days
}

// names lists, sorted, what nameOf says of the picked cells.
func (v *Vendor) names(f filter, nameOf func(Place) string) []string {
	var found []string
	v.each(f, func(key cell, _ tally) {
		if name := nameOf(key.place); name != "" && !slices.Contains(found, name) {
			found = append(found, name)
		}
	})
	slices.Sort(found)
	return found
}

// each calls do, in no order, for each picked cell.
func (v *Vendor) each(f filter, do func(cell, tally)) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for key, t := range v.counts {
		if v.picks(f, key) {
			do(key, t)
		}
	}
}

func (v *Vendor) picks(f filter, key cell) bool {
	return f.days.holds(key.day) &&
		v.isInstance(f.instance, key.place.Instance) &&
		matches(f.source, allSources, key.place.Source) &&
		matches(f.campaign, allCampaigns, key.place.Campaign)
}

func matches(asked, all, name string) bool {
	return asked == "" || asked == all || strings.Contains(strings.ToLower(name), strings.ToLower(asked))
}
