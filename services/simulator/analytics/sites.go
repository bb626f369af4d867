package analytics

import (
	"net/http"
	"time"
)

const (
	// createdLayout is the documentation's form of createdAt.
	createdLayout = "2006-01-02T15:04:05.000Z"
	dayLayout     = "2006-01-02"
)

// Site is a web site whose traffic is counted.
type Site struct {
	// ID is any text without a slash. A site of the same id keeps its figures
	// and is otherwise replaced.
	ID       string
	Name     string
	Domain   string
	Inactive bool
	// CreatedAt is held to the millisecond; zero means at this moment.
	CreatedAt time.Time
}

type site struct {
	Site
	days     map[string]Hits
	realtime Realtime
}

// AddSite puts a site into the platform.
func (v *Vendor) AddSite(s Site) {
	if s.CreatedAt.IsZero() {
		s.CreatedAt = v.now()
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if known := v.find(s.ID); known != nil {
		known.Site = s
		return
	}
	v.sites = append(v.sites, &site{Site: s, days: map[string]Hits{}})
}

// AddHits adds to what a site has had on the day (in UTC) that holds at, and
// reports whether the site is known.
func (v *Vendor) AddHits(siteID string, at time.Time, more Hits) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	known := v.find(siteID)
	if known == nil {
		return false
	}
	day := at.UTC().Format(dayLayout)
	hits, ok := known.days[day]
	if !ok {
		hits = newHits()
	}
	hits.add(more)
	known.days[day] = hits
	return true
}

// SetRealtime sets who is on a site, and reports whether the site is known.
func (v *Vendor) SetRealtime(siteID string, figures Realtime) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	known := v.find(siteID)
	if known == nil {
		return false
	}
	known.realtime = figures
	return true
}

// find looks a site up. The caller holds the lock.
func (v *Vendor) find(id string) *site {
	for _, s := range v.sites {
		if s.ID == id {
			return s
		}
	}
	return nil
}

func (v *Vendor) listSites(w http.ResponseWriter, _ *http.Request) {
	v.mu.Lock()
	answer := sitesAnswer{Sites: []siteEntry{}}
	for _, s := range v.sites {
		answer.Sites = append(answer.Sites, siteEntry{
			SiteID:    s.ID,
			Name:      s.Name,
			Domain:    s.Domain,
			IsActive:  !s.Inactive,
			CreatedAt: s.CreatedAt.UTC().Format(createdLayout),
		})
	}
	v.mu.Unlock()
	writeJSON(w, http.StatusOK, answer)
}

func (v *Vendor) realtime(w http.ResponseWriter, r *http.Request) {
	v.mu.Lock()
	known := v.find(r.PathValue("id"))
	answer := Realtime{ActivePages: []ActivePage{}}
	if known != nil {
		answer.ActiveVisitors = known.realtime.ActiveVisitors
		answer.ActivePages = append(answer.ActivePages, known.realtime.ActivePages...)
	}
	v.mu.Unlock()
	if known == nil {
		writeForbidden(w)
		return
	}
	writeJSON(w, http.StatusOK, answer)
}

func writeForbidden(w http.ResponseWriter) {
	writeError(w, http.StatusForbidden, "Forbidden — you do not have access to this resource")
}
