package rules

import (
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"github.com/signalbox-io/signalbox/services/router/rule"
)

const (
	sarifVersion = "2.1.0"
	sarifSchema  = "https://json.schemastore.org/sarif-2.1.0.json"
)

// sarifLog is the part of a SARIF file that lint fills.
type sarifLog struct {
	Schema  string     `json:"$schema"`
	Version string     `json:"version"`
	Runs    []sarifRun `json:"runs"`
}

type sarifRun struct {
	Tool struct {
		Driver sarifDriver `json:"driver"`
	} `json:"tool"`
	ColumnKind string        `json:"columnKind"`
	Results    []sarifResult `json:"results"`
}

type sarifDriver struct {
	Name  string      `json:"name"`
	Rules []sarifRule `json:"rules"`
}

type sarifRule struct {
	ID               string    `json:"id"`
	ShortDescription sarifText `json:"shortDescription"`
}

type sarifText struct {
	Text string `json:"text"`
}

type sarifResult struct {
	RuleID    string          `json:"ruleId"`
	RuleIndex int             `json:"ruleIndex"`
	Level     string          `json:"level"`
	Message   sarifText       `json:"message"`
	Locations []sarifLocation `json:"locations"`
}

type sarifLocation struct {
	Physical struct {
		Artifact struct {
			URI string `json:"uri"`
		} `json:"artifactLocation"`
		Region struct {
			StartLine   int `json:"startLine"`
			StartColumn int `json:"startColumn"`
		} `json:"region"`
	} `json:"physicalLocation"`
}

// sarifOf writes what was found as a SARIF log of one run.
func sarifOf(found findings) sarifLog {
	run := sarifRun{ColumnKind: "unicodeCodePoints", Results: []sarifResult{}}
	run.Tool.Driver = sarifDriver{Name: "signalbox rules lint", Rules: sarifRules()}
	for _, f := range found.Findings {
		result := sarifResult{
			RuleID: f.Code, Level: f.Level, Message: sarifText{f.Message},
			RuleIndex: slices.IndexFunc(run.Tool.Driver.Rules, func(r sarifRule) bool { return r.ID == f.Code }),
		}
		if f.Rule != "" {
			result.Message.Text = "rule " + f.Rule + ": " + f.Message
		}
		var at sarifLocation
		at.Physical.Artifact.URI = uriOf(f.File)
		at.Physical.Region.StartLine, at.Physical.Region.StartColumn = f.Line, f.Column
		result.Locations = []sarifLocation{at}
		run.Results = append(run.Results, result)
	}
	return sarifLog{Schema: sarifSchema, Version: sarifVersion, Runs: []sarifRun{run}}
}

// sarifRules are the kinds of finding.
func sarifRules() []sarifRule {
	list := []sarifRule{{ID: faultCode, ShortDescription: sarifText{"The rules do not load."}}}
	for _, kind := range rule.Codes() {
		list = append(list, sarifRule{ID: string(kind), ShortDescription: sarifText{kind.About()}})
	}
	return list
}

// uriOf writes the name of a file as a URI, relative where the name is.
func uriOf(file string) string {
	path := filepath.ToSlash(file)
	if filepath.IsAbs(file) {
		return (&url.URL{Scheme: "file", Path: "/" + strings.TrimPrefix(path, "/")}).String()
	}
	return (&url.URL{Path: path}).EscapedPath()
}
