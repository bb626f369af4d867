package suite

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
)

type junitSuites struct {
	XMLName  xml.Name     `xml:"testsuites"`
	Name     string       `xml:"name,attr"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Suites   []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Name    string        `xml:"name,attr"`
	Class   string        `xml:"classname,attr"`
	File    string        `xml:"file,attr"`
	Line    int           `xml:"line,attr"`
	Failure *junitFailure `xml:"failure"`
}

type junitFailure struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",cdata"`
}

// WriteJUnit writes what became of suites as JUnit XML, which CI systems show.
func WriteJUnit(out io.Writer, results []Result) error {
	all := junitSuites{Name: "signalbox rules test"}
	for i := range results {
		r := &results[i]
		s := junitSuite{Name: r.Suite, Tests: len(r.Cases), Failures: r.Failures()}
		for k := range r.Cases {
			s.Cases = append(s.Cases, junitCaseOf(r, &r.Cases[k]))
		}
		all.Tests, all.Failures = all.Tests+s.Tests, all.Failures+s.Failures
		all.Suites = append(all.Suites, s)
	}
	data, err := xml.MarshalIndent(all, "", "  ")
	if err != nil {
		return fmt.Errorf("write JUnit XML: %w", err)
	}
	_, err = fmt.Fprintf(out, "%s%s\n", xml.Header, data)
	return err
}

func junitCaseOf(r *Result, c *CaseResult) junitCase {
	out := junitCase{Name: c.Name, Class: r.Suite, File: r.Suite, Line: c.Line}
	if c.Failed() {
		var text strings.Builder
		newText(&text, TextOptions{}).failure(c)
		out.Failure = &junitFailure{Message: c.summary(), Text: "\n" + text.String()}
	}
	return out
}

// summary is the first thing that is wrong, on one line.
func (c *CaseResult) summary() string {
	switch {
	case c.Fault != "":
		return "cannot go on: " + c.Fault
	case c.Unsteady != "":
		return "the engine is not deterministic: " + c.Unsteady
	}
	for i := range c.Rows {
		switch row := &c.Rows[i]; row.State {
		case Missing:
			return fmt.Sprintf("%s: expected %s, got nothing", row.Subject, orAny(row.Want))
		case Unexpected:
			return fmt.Sprintf("%s: expected nothing, got %s", row.Subject, orAny(row.Got))
		case Differs:
			return fmt.Sprintf("%s: expected %s, got %s", row.Subject, orAny(row.Want), orAny(row.Got))
		case Same:
		}
	}
	return ""
}
