package expr

import (
	"fmt"
	"regexp"
	"strings"

	"cel.dev/cel-go/common"
)

// What the parser says, in its generator's words.
var (
	unexpected   = regexp.MustCompile(`(?s)^(?:mismatched|extraneous) input '(.*)' expecting (.*)$`)
	missing      = regexp.MustCompile(`(?s)^missing '(.*)' at '(.*)'$`)
	noWay        = regexp.MustCompile(`(?s)^no viable alternative at input '(.*)'$`)
	unrecognized = regexp.MustCompile(`(?s)^token recognition error at: '(.*)'$`)
	quotedToken  = regexp.MustCompile(`'([^']*)'`)
	negated      = regexp.MustCompile(`(?i)(?:^|[ (])not$`)
	shortEscape  = regexp.MustCompile(`\\(?:x[[:xdigit:]]?|u[[:xdigit:]]{0,3}|U[[:xdigit:]]{0,7})(?:[^[:xdigit:]]|$)`)
)

const endOfText = "<EOF>"

// plainSyntax gives the faults of the parser plainer words. After the first that is
// about what stands where, the rest only follows from it.
func plainSyntax(text string, issues []*common.Error) []*common.Error {
	var plain []*common.Error
	hasLost := false
	for _, issue := range issues {
		message, isSyntax := strings.CutPrefix(issue.Message, "Syntax error: ")
		if !isSyntax {
			plain = append(plain, issue)
			continue
		}
		if hasLost {
			continue
		}
		hasLost = true
		clone := *issue
		before, after := around(text, issue.Location)
		clone.Message = syntaxWords(message, before, after)
		plain = append(plain, &clone)
	}
	return plain
}

// around returns the text of the line before the place, and from it on.
func around(text string, at common.Location) (before, after string) {
	lines := strings.Split(text, "\n")
	if at.Line() < 1 || at.Line() > len(lines) {
		return "", ""
	}
	line := []rune(lines[at.Line()-1])
	column := min(max(0, at.Column()), len(line))
	return string(line[:column]), string(line[column:])
}

// syntaxWords says what is wrong with the syntax. before is what stands on the line
// in front of it, after what begins with it.
func syntaxWords(message, before, after string) string {
	if m := unrecognized.FindStringSubmatch(message); m != nil {
		return strange(m[1], after)
	}
	if m := unexpected.FindStringSubmatch(message); m != nil {
		return misplaced(m[1], expected(m[2]), strings.TrimSpace(before))
	}
	if m := missing.FindStringSubmatch(message); m != nil {
		return misplaced(m[2], m[1], strings.TrimSpace(before))
	}
	if m := noWay.FindStringSubmatch(message); m != nil {
		return m[1] + " has no meaning here: expected a value or a name"
	}
	return message
}

// expected names what may stand there.
func expected(set string) string {
	if strings.Contains(set, "IDENTIFIER") {
		return "a value or a name"
	}
	if set == endOfText {
		return "an operator such as && or the end of the expression"
	}
	var tokens []string
	for _, m := range quotedToken.FindAllStringSubmatch(set, -1) {
		tokens = append(tokens, m[1])
	}
	return strings.Join(tokens, " or ")
}

// misplaced says that something else was expected than what stands there.
func misplaced(token, want, before string) string {
	switch {
	case token == endOfText:
		return "the expression ends too early: expected " + want
	case strings.EqualFold(token, "and"):
		return token + " joins nothing: write &&"
	case strings.EqualFold(token, "or"):
		return token + " joins nothing: write ||"
	case negated.MatchString(before):
		return before[len(before)-len("not"):] + " negates nothing: write !(…)"
	case token == ">" && strings.HasSuffix(before, "<"):
		return "<> compares nothing: write !="
	case strings.HasPrefix(token, "`"):
		return token + " is no text: write it in ' or \""
	}
	return fmt.Sprintf("%s has no meaning here: expected %s", token, want)
}

// strange says what is wrong with characters that begin nothing, and with what
// follows on their line.
func strange(token, line string) string {
	trimmed := strings.TrimSpace(token)
	switch {
	case strings.HasPrefix(token, "'") || strings.HasPrefix(token, `"`):
		if at := strings.LastIndexByte(token, '\\'); at >= 0 && at == len(token)-2 {
			return token[at:] + ` is no escape: expected \\ for a backslash, \n, \t, \" or \' (write r'…' for a text without escapes)`
		}
		if shortEscape.MatchString(token) {
			return `the text that begins here has an escape with too few digits: expected \x41, \u0041 or \U00000041`
		}
		return "the text that begins here has no end: expected " + token[:1]
	case strings.HasPrefix(trimmed, "=~"):
		return "=~ compares nothing: write text.matches('…')"
	case strings.HasPrefix(line, "=>"), strings.HasPrefix(line, "=<"):
		return fmt.Sprintf("%s compares nothing: write %s=", line[:2], line[1:2])
	case strings.HasPrefix(trimmed, "="):
		return "= compares nothing: write =="
	case trimmed == "&" || trimmed == "|":
		return fmt.Sprintf("%s joins nothing: write %s%s", trimmed, trimmed, trimmed)
	case trimmed == "#":
		return "# begins no comment in an expression: expected // or none"
	case strings.ContainsAny(trimmed, "“”„‘’«»"):
		return trimmed + " is no quotation mark of expressions: write ' or \""
	}
	return trimmed + " has no meaning in an expression"
}

// parserWords are faults that the parser finds beside the syntax, in plainer words.
func parserWords(message string) string {
	if name, ok := strings.CutPrefix(message, "reserved identifier: "); ok {
		return name + " is reserved and names nothing: use another name"
	}
	switch message {
	case "argument is not an identifier", "argument must be a simple name":
		return "expected a name for each element, as in list.exists(x, x > 1)"
	case "invalid argument to has() macro":
		return "has asks whether something is there: expected one of its fields, as in has(labels.site)"
	case "invalid int literal", "invalid uint literal":
		return "the number is too large: expected a whole number of 64 bits, or one with a point"
	case "invalid double literal":
		return "the number is too large: expected one of at most 1.7e308"
	case "invalid timestamp argument":
		return "timestamp does not take this text: expected one such as '2026-01-02T03:04:05Z'"
	case "invalid duration argument":
		return "duration does not take this text: expected hours, minutes and seconds, such as '36h' or '1h30m'"
	case "invalid matches argument":
		return "matches does not take this pattern: expected a regular expression of RE2 (no look-around, no back-references) that is not too large"
	}
	return message
}
