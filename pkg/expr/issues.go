package expr

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"cel.dev/cel-go/cel"
)

var (
	undeclared = regexp.MustCompile(`^undeclared reference to '([^']*)'(?: \(in container ''\)| \(did you mean '(.*)'\?\))?$`)
	noOverload = regexp.MustCompile(`^found no matching overload for '(.*)' applied to '(.*)'$`)
	enumNames  = regexp.MustCompile(`signalbox\.\w+\.v1\.(\w+)`)
	operator   = regexp.MustCompile(`^[_@!-]*([^_\w]+|in)[_]*$`)
)

// issueErrors gives CEL's faults their place and plainer words.
func issueErrors(env *environment, text string, issues *cel.Issues) error {
	list := plainSyntax(text, issues.Errors())
	result := make([]*Error, 0, len(list))
	for _, issue := range list {
		column := issue.Location.Column() + 1
		if m := undeclared.FindStringSubmatch(issue.Message); m != nil {
			column -= max(0, strings.LastIndexByte(m[1], '.')) // CEL points at the last dot
		}
		result = append(result, &Error{
			Line:    max(1, issue.Location.Line()),
			Column:  max(1, column),
			Message: plainer(env, issue.Message),
		})
	}
	if len(result) == 0 {
		return &Error{Line: 1, Column: 1, Message: issues.Err().Error()}
	}
	return faults(result)
}

func plainer(env *environment, message string) string {
	if m := undeclared.FindStringSubmatch(message); m != nil {
		return unknownName(env, m[1], m[2])
	}
	if m := noOverload.FindStringSubmatch(message); m != nil {
		operands := enumNames.ReplaceAllString(m[2], "$1")
		if op := operator.FindStringSubmatch(m[1]); op != nil {
			return fmt.Sprintf("%s does not apply to %s%s", op[1], operands, enumHint(m[2]))
		}
		return fmt.Sprintf("%s does not apply to %s", m[1], operands)
	}
	return enumNames.ReplaceAllString(parserWords(message), "$1")
}

// enumHint tells who compares an enum with a text what to write.
func enumHint(operands string) string {
	enum, text, _ := strings.Cut(strings.Trim(operands, "()"), ", ")
	if text == "string" && enumNames.MatchString(enum) || enum == "string" && enumNames.MatchString(text) {
		return ": write the value without quotes"
	}
	return ""
}

// unknownName names what may be meant: the variables, and for a word in
// capitals that several enums have, their full names.
func unknownName(env *environment, name, similar string) string {
	if similar != "" {
		return fmt.Sprintf("unknown name %s: did you mean %s?", name, strings.ReplaceAll(similar, "' or '", " or "))
	}
	if enums := env.enums[name]; len(enums) > 1 {
		var full []string
		for _, ed := range enums {
			full = append(full, string(valueByShortName(ed, name).Name()))
		}
		return fmt.Sprintf("%s is a value of several enums: write one of %s", name, strings.Join(full, ", "))
	}
	names := make([]string, 0, len(env.variables))
	for known := range env.variables {
		names = append(names, known)
	}
	slices.Sort(names)
	return fmt.Sprintf("unknown name %s: expected %s or a value of an enum", name, strings.Join(names, ", "))
}
