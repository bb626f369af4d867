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

// Place is where traffic came from.
type Place struct {
	// Instance is the id of an instance that has been added.
	Instance int
	Source   string
	Campaign string
}

// cell is one day's traffic from one place.
type cell struct {
	place Place
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

// SetCounts sets what a place has had on the day (in UTC) that holds at.
func (v *Vendor) SetCounts(place Place, at time.Time, counts Counts) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.counts[cell{place, at.UTC().Format(dayLayout)}] = counts
}

// AddCounts adds to what a place has had on the day (in UTC) that holds at.
func (v *Vendor) AddCounts(place Place, at time.Time, more Counts) {
	v.mu.Lock()
	defer v.mu.Unlock()
	key := cell{place, at.UTC().Format(dayLayout)}
	v.counts[key] = v.counts[key].plus(more)
}

func (c Counts) plus(more Counts) Counts {
	return Counts{
		NonSuspect: c.NonSuspect + more.NonSuspect,
		Suspect:    c.Suspect + more.Suspect,
		Mobile:     c.Mobile + more.Mobile,
	}
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
func (v *Vendor) byDay(f filter) map[string]Counts {
	v.mu.Lock()
	defer v.mu.Unlock()
	days := map[string]Counts{}
	for key, counts := range v.counts {
		if v.picks(f, key) {
			days[key.day] = days[key.day].plus(counts)
		}
	}
	return days
}

// names lists, sorted, what nameOf says of the picked cells.
func (v *Vendor) names(f filter, nameOf func(Place) string) []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	var found []string
	for key := range v.counts {
		name := nameOf(key.place)
		if name != "" && v.picks(f, key) && !slices.Contains(found, name) {
			found = append(found, name)
		}
	}
	slices.Sort(found)
	return found
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
