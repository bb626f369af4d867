package rules

import (
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/signalbox-io/signalbox/services/cli/text"
	"github.com/signalbox-io/signalbox/services/router/rule"
)

// Levels of a finding, as SARIF has them.
const (
	levelError   = "error"
	levelWarning = "warning"
)

// faultCode is the code of whatever keeps a set from being loaded.
const faultCode = "invalid"

// findings are what lint found.
type findings struct {
	// Version is of the set, empty where it does not load.
	Version string `json:"version,omitempty"`
	// Rules is how many there are.
	Rules    int       `json:"rules"`
	Findings []finding `json:"findings"`
	// Unchecked is what only a configuration tells, where none is given.
	Unchecked []string `json:"unchecked,omitempty"`
	// Conditions are those of the rules that are not off.
	Conditions []condition `json:"conditions"`
}

// finding is one fault or warning.
type finding struct {
	Level   string `json:"level"`
	Code    string `json:"code"`
	File    string `json:"file"`
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Rule    string `json:"rule,omitempty"`
	Message string `json:"message"`
}

// findingsOf joins faults and warnings. Where there are faults there is no set.
func findingsOf(set *rule.Set, faults rule.Errors, warnings []rule.Warning) findings {
	out := findings{Findings: []finding{}, Conditions: []condition{}}
	if set != nil {
		out.Version, out.Rules = set.Version(), len(set.Rules())
	}
	for _, p := range faults {
		out.Findings = append(out.Findings, finding{levelError, faultCode, p.File, p.Line, p.Column, p.Rule, p.Message})
	}
	for _, w := range warnings {
		out.Findings = append(out.Findings, finding{levelWarning, string(w.Code), w.File, w.Line, w.Column, w.Rule, w.Message})
	}
	return out
}

// printText prints warnings where faults go, and what was checked.
func printText(command *cobra.Command, found findings, classes bool) error {
	if found.Rules == 0 {
		_, _ = fmt.Fprintln(command.ErrOrStderr(), "warning: the files hold no rule: nothing would be decided")
	}
	for _, f := range found.Findings {
		about := ""
		if f.Rule != "" {
			about = "rule " + f.Rule + ": "
		}
		_, _ = fmt.Fprintf(command.ErrOrStderr(), "%s:%d:%d: %s: %s%s [%s]\n", f.File, f.Line, f.Column, f.Level, about, f.Message, f.Code)
	}
	for _, what := range found.Unchecked {
		_, _ = fmt.Fprintf(command.ErrOrStderr(), "not checked without --config: %s\n", what)
	}
	line := "ok: " + text.Count(found.Rules, "rule")
	if n := len(found.Findings); n > 0 {
		line += ", " + text.Count(n, "warning")
	}
	if _, err := fmt.Fprintln(command.OutOrStdout(), line); err != nil || !classes {
		return err
	}
	return printConditions(command.OutOrStdout(), found.Conditions)
}

// printFindings prints the findings for programs.
func printFindings(command *cobra.Command, format string, found findings) error {
	var document any = found
	if format == outputSARIF {
		document = sarifOf(found)
	}
	out := json.NewEncoder(command.OutOrStdout())
	out.SetEscapeHTML(false)
	out.SetIndent("", "  ")
	return out.Encode(document)
}
