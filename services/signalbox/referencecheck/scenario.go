package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"
)

// line is what is read of a line of `rules backtest`.
type line struct {
	Actions []act    `json:"actions"`
	Causes  []string `json:"causes"`
	Detail  string   `json:"detail"`
	EventID string   `json:"eventId"`
	Key     []string `json:"key"`
	Outcome string   `json:"outcome"`
	Rule    string   `json:"rule"`
	Time    string   `json:"time"`
}

// act is what is read of an action.
type act struct {
	Until string `json:"until"`
}

// summary is what is read of its summary.
type summary struct {
	Duplicates int `json:"duplicates"`
	Events     int `json:"events"`
	Late       int `json:"late"`
	Rules      []struct {
		Rule     string         `json:"rule"`
		Outcomes map[string]int `json:"outcomes"`
		Pauses   struct {
			Count int `json:"count"`
		} `json:"pauses"`
	} `json:"rules"`
}

// outcomes returns how often the n-th rule had one of these outcomes.
func (s summary) outcomes(n int, names ...string) int {
	total := 0
	for _, name := range names {
		total += s.Rules[n].Outcomes[name]
	}
	return total
}

// action is a line of an expected list. The fields are in the order of their
// names, as they are there.
type action struct {
	Action  string `json:"action,omitempty"`
	Because string `json:"because,omitempty"`
	Count   int    `json:"count,omitempty"`
	Event   string `json:"event"`
	Key     string `json:"key"`
	Lag     *int   `json:"lag_s,omitempty"`
	TS      string `json:"ts"`
	Until   string `json:"until,omitempty"`
}

// scenario is one list of the reference and how to get it.
type scenario struct {
	name, rules, config string
	events              []string
	// action fills in what a list tells besides event, key and ts; false for a
	// line that the list does not have.
	action func(*action, line) (bool, error)
	// compare orders a list; nil leaves the order of the decisions.
	compare func(a, b action) int
	// counts returns the numbers of the reference that can be seen from outside.
	counts func(summary) map[string]int
}

func scenarios() []scenario {
	passing := func(s summary) map[string]int {
		return map[string]int{"passing": s.outcomes(0, "FIRED", "HELD_COOLDOWN")}
	}
	matched := func(s summary) map[string]int {
		return map[string]int{"anomalies_matched": s.outcomes(0, "FIRED", "HELD_COOLDOWN")}
	}
	none := func(summary) map[string]int { return map[string]int{} }
	muted := func(s summary) map[string]int { return map[string]int{"muted": s.outcomes(0, "MUTED")} }
	all := []string{fileAnomalies}
	return []scenario{
		{name: "S1a_threshold_windowedGaussian_ge_1.0", rules: "s1a.yaml", events: all, action: fired, counts: passing},
		{name: "S1b_threshold_numentaTM_ge_0.9", rules: "s1b.yaml", events: all, action: fired, counts: passing},
		{name: "S2a_count_skyline_3_in_30min", rules: "s2a.yaml", events: all, action: counted, counts: none},
		{name: "S2b_count_all_detectors_3_in_30min", rules: "s2b.yaml", events: all, action: counted, counts: none},
		{
			name: "S3a_bots_then_5xx_semlab", rules: "s3a.yaml", events: []string{fileBots, fileSiteAnomalies},
			action: correlated, counts: matched,
		},
		{
			name: "S3b_skyline_then_numentaTM_same_site", rules: "s3b.yaml", events: []string{fileSkyline, fileNumenta},
			action: correlated, counts: matched,
		},
		{
			name: "S4_feedback_pause", rules: "s4.yaml", events: []string{fileAnomalies, fileFeedback},
			action: paused, compare: comparePaused,
			counts: func(s summary) map[string]int {
				return map[string]int{
					"pauses": s.Rules[0].Pauses.Count, "not_interesting": s.outcomes(0, "FIRED", "HELD_COUNT", "HELD_COOLDOWN"),
					"notified": s.outcomes(1, "FIRED"), "suppressed": s.outcomes(1, "UNLESS"), "anomalies": s.outcomes(1, "FIRED", "UNLESS"),
				}
			},
		},
		{
			name: "S5a_arrivals_cooldown_windowedGaussian", rules: "s5a.yaml", config: "s5.config.yaml",
			events: []string{fileArrivalsGaussian}, action: fired, counts: arrivals,
		},
		{
			name: "S5b_arrivals_count_skyline", rules: "s5b.yaml", config: "s5.config.yaml",
			events: []string{fileArrivalsSkyline}, action: counted, counts: arrivals,
		},
		{name: "S6_mute_berlin_realTweets", rules: "s6.yaml", events: all, action: fired, counts: muted},
		{name: "S6b_mute_berlin_all_metrics", rules: "s6b.yaml", events: all, action: fired, counts: muted},
		{
			name: "S6c_mute_berlin_value_threshold_on_dst_days", rules: "s6c.yaml", events: []string{fileRows}, action: fired, counts: muted,
		},
	}
}

func arrivals(s summary) map[string]int {
	return map[string]int{
		"arrivals": s.Events, "duplicates": s.Duplicates, "late": s.Late, "accepted": s.Events - s.Duplicates - s.Late,
	}
}

// list returns the lines as the reference would write them.
func (s scenario) list(lines []line) ([]byte, error) {
	var actions []action
	for _, l := range lines {
		a := action{Event: l.EventID, TS: l.Time}
		if len(l.Key) > 0 {
			a.Key = l.Key[0]
		}
		ok, err := s.action(&a, l)
		if err != nil {
			return nil, fmt.Errorf("event %s: %w", l.EventID, err)
		}
		if ok {
			actions = append(actions, a)
		}
	}
	if s.compare != nil {
		slices.SortStableFunc(actions, s.compare)
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	for _, a := range actions {
		if err := encoder.Encode(a); err != nil {
			return nil, fmt.Errorf("write an action: %w", err)
		}
	}
	return out.Bytes(), nil
}

// fired is what the rule fired at.
func fired(_ *action, l line) (bool, error) { return l.Outcome == "FIRED", nil }

// counted tells how many events lay in the window.
func counted(a *action, l line) (bool, error) {
	if l.Outcome != "FIRED" {
		return false, nil
	}
	_, err := fmt.Sscanf(l.Detail, "count %d of", &a.Count)
	return true, err
}

// correlated tells of the cause and how long before it lies.
func correlated(a *action, l line) (bool, error) {
	if l.Outcome != "FIRED" {
		return false, nil
	}
	if len(l.Causes) != 1 {
		return false, fmt.Errorf("it has %d causes", len(l.Causes))
	}
	var text string
	if _, err := fmt.Sscanf(l.Detail, "lag %s", &text); err != nil {
		return false, fmt.Errorf("read the lag in %q: %w", l.Detail, err)
	}
	lag, err := time.ParseDuration(text)
	seconds := int(lag / time.Second)
	a.Because, a.Lag = l.Causes[0], &seconds
	return true, err
}

// paused tells of pauses and of their ends.
func paused(a *action, l line) (bool, error) {
	if l.Rule != "pause" || l.Outcome != "FIRED" && l.Outcome != "RESUMED" {
		return false, nil
	}
	if len(l.Actions) != 1 {
		return false, errors.New("it has not one action")
	}
	a.Action, a.Until = "pause", l.Actions[0].Until
	if l.Outcome == "RESUMED" {
		a.Action = "resume"
	}
	return true, nil
}

// comparePaused orders as the reference does: a resume before a pause of the
// same second, and within a second by key.
func comparePaused(a, b action) int {
	return cmp.Or(cmp.Compare(a.TS, b.TS), -cmp.Compare(a.Action, b.Action), cmp.Compare(a.Key, b.Key))
}
