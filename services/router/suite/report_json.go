package suite

import (
	"encoding/json"
	"io"
)

// jsonCase is one case as a line of JSON.
type jsonCase struct {
	Case        string           `json:"case"`
	Differences []jsonDifference `json:"differences"`
	Fault       string           `json:"fault,omitempty"`
	Line        int              `json:"line"`
	Passed      bool             `json:"passed"`
	Suite       string           `json:"suite"`
	Unsteady    string           `json:"unsteady,omitempty"`
}

type jsonDifference struct {
	About string `json:"about"`
	Got   string `json:"got,omitempty"`
	Kind  string `json:"kind"`
	Line  int    `json:"line"`
	State State  `json:"state"`
	Step  string `json:"step,omitempty"`
	Want  string `json:"want,omitempty"`
	Why   string `json:"why,omitempty"`
}

// jsonRule is the coverage of one rule as a line of JSON.
type jsonRule struct {
	Clauses      int      `json:"clauses"`
	Exercised    int      `json:"exercised"`
	File         string   `json:"file"`
	Line         int      `json:"line"`
	NotExercised []string `json:"notExercised"`
	Rule         string   `json:"rule"`
}

// WriteJSON writes one case a line, keys sorted.
func WriteJSON(out io.Writer, results []Result) error {
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	for i := range results {
		for k := range results[i].Cases {
			c := &results[i].Cases[k]
			line := jsonCase{
				Case: c.Name, Differences: []jsonDifference{}, Fault: c.Fault, Line: c.Line,
				Passed: !c.Failed(), Suite: results[i].Suite, Unsteady: c.Unsteady,
			}
			for _, row := range c.Rows {
				if row.State != Same {
					line.Differences = append(line.Differences, jsonDifference{
						About: row.Subject, Got: row.Got, Kind: row.Kind, Line: row.Line, State: row.State,
						Step: row.Step, Want: row.Want, Why: row.Why,
					})
				}
			}
			if err := encoder.Encode(line); err != nil {
				return err
			}
		}
	}
	return nil
}

// WriteCoverageJSON writes one rule a line, keys sorted.
func WriteCoverageJSON(out io.Writer, c Coverage) error {
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	for _, r := range c.Rules {
		line := jsonRule{File: r.File, Line: r.Line, NotExercised: []string{}, Rule: r.Rule}
		line.Exercised, line.Clauses = r.Count()
		for _, clause := range r.Clauses {
			if !clause.Exercised {
				line.NotExercised = append(line.NotExercised, clause.Clause)
			}
		}
		if err := encoder.Encode(line); err != nil {
			return err
		}
	}
	return nil
}
