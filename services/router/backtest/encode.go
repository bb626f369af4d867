package backtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
)

// The JSON forms. The names of each are in order, so that what is written has
// sorted keys.
type (
	lineJSON struct {
		Actions []actionJSON `json:"actions"`
		Causes  []string     `json:"causes"`
		Clause  string       `json:"clause"`
		Detail  string       `json:"detail"`
		Entity  string       `json:"entity"`
		EventID string       `json:"eventId"`
		ID      string       `json:"id,omitempty"`
		Key     []string     `json:"key"`
		Outcome string       `json:"outcome"`
		Rule    string       `json:"rule"`
		// Sequence is 0 at the end of a lease.
		Sequence uint64 `json:"sequence,omitempty"`
		Source   string `json:"source"`
		Time     string `json:"time"`
	}
	actionJSON struct {
		ID     string `json:"id,omitempty"`
		Source string `json:"source"`
		Target string `json:"target"`
		Type   string `json:"type"`
		Until  string `json:"until,omitempty"`
	}
	differenceJSON struct {
		Change string     `json:"change"`
		Now    *placeJSON `json:"now,omitempty"`
		Source string     `json:"source"`
		Target string     `json:"target"`
		Type   string     `json:"type"`
		Was    *placeJSON `json:"was,omitempty"`
	}
	placeJSON struct {
		EventID string `json:"eventId"`
		Rule    string `json:"rule"`
		Time    string `json:"time"`
		Until   string `json:"until,omitempty"`
	}
	summaryJSON struct {
		Comparison *comparisonJSON `json:"comparison,omitempty"`
		Duplicates uint64          `json:"duplicates"`
		Events     uint64          `json:"events"`
		First      string          `json:"first,omitempty"`
		Last       string          `json:"last,omitempty"`
		Late       uint64          `json:"late"`
		Notes      []string        `json:"notes"`
		Pauses     pausesJSON      `json:"pauses"`
		RuleSet    string          `json:"ruleSet"`
		Rules      []ruleJSON      `json:"rules"`
		Unreadable uint64          `json:"unreadable"`
	}
	ruleJSON struct {
		Actions  uint64            `json:"actions"`
		Mode     string            `json:"mode"`
		Outcomes map[string]uint64 `json:"outcomes"`
		Pauses   pausesJSON        `json:"pauses"`
		Rule     string            `json:"rule"`
	}
	pausesJSON struct {
		AnomaliesAvoided  uint64  `json:"anomaliesAvoided"`
		Count             uint64  `json:"count"`
		GoodCatchesHidden uint64  `json:"goodCatchesHidden"`
		Hours             float64 `json:"hours"`
		Targets           uint64  `json:"targets"`
		VotesAvoided      uint64  `json:"votesAvoided"`
	}
	comparisonJSON struct {
		RuleSet string        `json:"ruleSet"`
		Rules   []changesJSON `json:"rules"`
		Total   changesJSON   `json:"total"`
	}
	changesJSON struct {
		Added   uint64 `json:"added"`
		Moved   uint64 `json:"moved"`
		Removed uint64 `json:"removed"`
		Rule    string `json:"rule,omitempty"`
		Same    uint64 `json:"same"`
	}
)

// LineJSON returns a line as JSON with sorted keys, and a line's end.
func LineJSON(l *routerv1.BacktestLine) ([]byte, error) {
	out := lineJSON{
		Actions: []actionJSON{}, Causes: list(l.GetCauses()), Clause: l.GetClause(), Detail: l.GetDetail(),
		Entity: l.GetEntity(), EventID: l.GetEventId(), ID: l.GetId(), Key: list(l.GetKey()), Outcome: l.GetOutcome(),
		Rule: l.GetRule(), Sequence: l.GetSequence(), Source: l.GetSource(), Time: instant(l.GetTime()),
	}
	for _, a := range l.GetActions() {
		out.Actions = append(out.Actions, actionJSON{
			ID: a.GetId(), Source: a.GetSource(), Target: a.GetTarget(), Type: a.GetType(), Until: instant(a.GetUntil()),
		})
	}
	return encoded(out)
}

// DifferenceJSON returns a difference as JSON with sorted keys, and a line's
// end.
func DifferenceJSON(d *routerv1.BacktestDifference) ([]byte, error) {
	return encoded(differenceJSON{
		Change: ChangeName(d.GetChange()), Now: placeOfJSON(d.GetNow()), Source: d.GetSource(), Target: d.GetTarget(),
		Type: d.GetType(), Was: placeOfJSON(d.GetWas()),
	})
}

// SummaryJSON returns a summary as JSON with sorted keys, and a line's end.
func SummaryJSON(s *routerv1.BacktestSummary) ([]byte, error) {
	out := summaryJSON{
		Duplicates: s.GetDuplicates(), Events: s.GetEvents(), First: instant(s.GetFirst()), Last: instant(s.GetLast()),
		Late: s.GetLate(), Notes: list(s.GetNotes()), Pauses: pausesOfJSON(s.GetPauses()), RuleSet: s.GetRuleSet(),
		Rules: []ruleJSON{}, Unreadable: s.GetUnreadable(),
	}
	for _, r := range s.GetRules() {
		outcomes := r.GetOutcomes()
		if outcomes == nil {
			outcomes = map[string]uint64{}
		}
		out.Rules = append(out.Rules, ruleJSON{
			Actions: r.GetActions(), Mode: r.GetMode(), Outcomes: outcomes, Pauses: pausesOfJSON(r.GetPauses()), Rule: r.GetRule(),
		})
	}
	if c := s.GetComparison(); c != nil {
		out.Comparison = &comparisonJSON{RuleSet: c.GetRuleSet(), Rules: []changesJSON{}, Total: changesOfJSON(c.GetTotal())}
		for _, changes := range c.GetRules() {
			out.Comparison.Rules = append(out.Comparison.Rules, changesOfJSON(changes))
		}
	}
	return encoded(out)
}

// ChangeName returns a change as it is written: added, removed, moved.
func ChangeName(c routerv1.BacktestDifference_Change) string {
	return strings.ToLower(strings.TrimPrefix(c.String(), "CHANGE_"))
}

// Hours returns how long targets were paused.
func Hours(p *routerv1.BacktestPauses) float64 {
	return float64(p.GetPausedMs()) / float64(time.Hour.Milliseconds())
}

func placeOfJSON(p *routerv1.BacktestPlace) *placeJSON {
	if p == nil {
		return nil
	}
	return &placeJSON{EventID: p.GetEventId(), Rule: p.GetRule(), Time: instant(p.GetTime()), Until: instant(p.GetUntil())}
}

func pausesOfJSON(p *routerv1.BacktestPauses) pausesJSON {
	return pausesJSON{
		AnomaliesAvoided: p.GetAnomaliesAvoided(), Count: p.GetCount(), GoodCatchesHidden: p.GetGoodCatchesHidden(),
		Hours: Hours(p), Targets: p.GetTargets(), VotesAvoided: p.GetVotesAvoided(),
	}
}

func changesOfJSON(c *routerv1.BacktestChanges) changesJSON {
	return changesJSON{Added: c.GetAdded(), Moved: c.GetMoved(), Removed: c.GetRemoved(), Rule: c.GetRule(), Same: c.GetSame()}
}

// instant writes a time, "" for none.
func instant(t *timestamppb.Timestamp) string {
	if t == nil {
		return ""
	}
	return t.AsTime().Format(time.RFC3339Nano)
}

// list is l, never null.
func list(l []string) []string {
	if l == nil {
		return []string{}
	}
	return l
}

func encoded(value any) ([]byte, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, fmt.Errorf("encode %T: %w", value, err)
	}
	return out.Bytes(), nil
}
