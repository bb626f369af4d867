package action

import "github.com/signalbox-io/signalbox/services/router/rule"

// Unable says why the executor cannot do what a rule asks for, nothing where it
// can. Rules in mode auto or suggest that ask for it are refused when they are
// loaded: an action that nobody does would only be found out when it is needed.
func Unable(a *rule.Action) string {
	switch a.Spec.Type {
	case "pause_alert", "publish":
		return ""
	case "create_watcher":
		if a.For > 0 {
			return "a watcher is not deleted again yet: leave `for` out"
		}
		return ""
	default:
		return "it is not done yet: rules in mode off or shadow may have it"
	}
}
