package anomify

import (
	"net/http"
	"strconv"
)

// AddPattern puts a pattern into the organization. One of the same id is
// replaced.
func (v *Vendor) AddPattern(p Pattern) {
	v.mu.Lock()
	defer v.mu.Unlock()
	p.MetricID = v.metricID(p.MetricName)
	for i := range v.patterns {
		if v.patterns[i].ID == p.ID {
			v.patterns[i] = p
			return
		}
	}
	v.patterns = append(v.patterns, p)
}

// AddMatch puts a match into the organization.
func (v *Vendor) AddMatch(m Match) {
	v.mu.Lock()
	defer v.mu.Unlock()
	m.MetricID = v.metricID(m.Metric)
	v.matches = append(v.matches, m)
}

func (v *Vendor) patternsWhere(is func(Pattern) bool) []Pattern {
	v.mu.Lock()
	defer v.mu.Unlock()
	found := []Pattern{}
	for _, p := range v.patterns {
		if is(p) {
			found = append(found, p)
		}
	}
	return found
}

// pattern returns the pattern of the path, or answers that there is none.
func (v *Vendor) pattern(w http.ResponseWriter, r *http.Request) (Pattern, bool) {
	id, ok := v.pathID(w, r)
	if !ok {
		return Pattern{}, false
	}
	found := v.patternsWhere(func(p Pattern) bool { return p.ID == id })
	if len(found) == 0 {
		v.reject(w, http.StatusNotFound, "there is no such pattern")
		return Pattern{}, false
	}
	return found[0], true
}

func (v *Vendor) getPattern(w http.ResponseWriter, r *http.Request) {
	if p, ok := v.pattern(w, r); ok {
		v.show(w, "pattern", p)
	}
}

func (v *Vendor) disablePattern(w http.ResponseWriter, r *http.Request) {
	p, ok := v.pattern(w, r)
	if !ok {
		return
	}
	wasEnabled := p.Enabled
	p.Enabled = false
	v.AddPattern(p)
	v.effect(DisablePattern, strconv.FormatInt(p.ID, 10), p.Label, wasEnabled)
	v.show(w, "pattern", p)
}

func (v *Vendor) pendingPatterns(w http.ResponseWriter, _ *http.Request) {
	v.show(w, "patterns", listed(v, v.patternsWhere(func(p Pattern) bool { return p.Pending })))
}

func (v *Vendor) patternMatches(w http.ResponseWriter, r *http.Request) {
	if p, ok := v.pattern(w, r); ok {
		v.show(w, "matches", listed(v, v.matchesWhere(func(m Match) bool { return m.PatternID == p.ID })))
	}
}

func (v *Vendor) patternSeries(w http.ResponseWriter, r *http.Request) {
	if p, ok := v.pattern(w, r); ok {
		from := p.AnomalyTimestamp - p.Duration
		v.show(w, "timeseries", pairs(v.pointsBetween(p.MetricName, span{from, p.AnomalyTimestamp})))
	}
}

func (v *Vendor) matchesWhere(is func(Match) bool) []Match {
	v.mu.Lock()
	defer v.mu.Unlock()
	found := []Match{}
	for _, m := range v.matches {
		if is(m) {
			found = append(found, m)
		}
	}
	return found
}

// match returns the match of the path, or answers that there is none.
func (v *Vendor) match(w http.ResponseWriter, r *http.Request) (Match, bool) {
	id, ok := v.pathID(w, r)
	if !ok {
		return Match{}, false
	}
	found := v.matchesWhere(func(m Match) bool { return m.ID == id })
	if len(found) == 0 {
		v.reject(w, http.StatusNotFound, "there is no such match")
		return Match{}, false
	}
	return found[0], true
}

func (v *Vendor) getMatch(w http.ResponseWriter, r *http.Request) {
	if m, ok := v.match(w, r); ok {
		v.show(w, "match", m)
	}
}
