package rule

// Code names a kind of warning.
type Code string

// The kinds of warning.
const (
	// NeverMatches is a condition that no event meets.
	NeverMatches Code = "never-matches"
	// UnknownSource is a comparison with a source that is not configured.
	UnknownSource Code = "unknown-source"
	// SameRule is a rule that says what an earlier one says.
	SameRule Code = "same-rule"
	// SameActions is a rule that acts where an earlier one acts, with the same.
	SameActions Code = "same-actions"
	// ShortWait is a `wait` that is over before a cause may have arrived.
	ShortWait Code = "short-wait"
	// OnePhase is a `flap` that sees one phase only.
	OnePhase Code = "one-phase"
	// AlwaysMuted is a rule whose mute windows are always open.
	AlwaysMuted Code = "always-muted"
	// UnusedWindow is a mute window that no rule names.
	UnusedWindow Code = "unused-window"
	// RuleIsOff is a rule that does nothing.
	RuleIsOff Code = "rule-is-off"
)

// Codes returns every kind of warning.
func Codes() []Code {
	return []Code{
		NeverMatches, UnknownSource, SameRule, SameActions, ShortWait, OnePhase, AlwaysMuted, UnusedWindow, RuleIsOff,
	}
}

// About says in a sentence what the kind is about.
func (c Code) About() string {
	switch c {
	case NeverMatches:
		return "No event meets the condition."
	case UnknownSource:
		return "The condition names a source that is not configured."
	case SameRule:
		return "The rule says what an earlier one says."
	case SameActions:
		return "The rule asks for the actions of an earlier one, with the same on, when and key."
	case ShortWait:
		return "The wait of a clause is over before a cause may have arrived."
	case OnePhase:
		return "The condition of a rule with flap lets one phase through only."
	case AlwaysMuted:
		return "The rule's mute windows are always open."
	case UnusedWindow:
		return "No rule names the mute window."
	case RuleIsOff:
		return "The rule is off."
	}
	return string(c)
}
