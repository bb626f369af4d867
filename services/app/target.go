package app

import (
	"fmt"
	"slices"
	"strings"

	"go.uber.org/fx"

	"github.com/signalbox-io/signalbox/pkg/config"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	adapteranalytics "github.com/signalbox-io/signalbox/services/adapter/analytics"
	adapteranodot "github.com/signalbox-io/signalbox/services/adapter/anodot"
	adapteranomify "github.com/signalbox-io/signalbox/services/adapter/anomify"
	adapteranura "github.com/signalbox-io/signalbox/services/adapter/anura"
	adaptersecurereporter "github.com/signalbox-io/signalbox/services/adapter/securereporter"
	polleranalytics "github.com/signalbox-io/signalbox/services/poller/analytics"
	polleranodot "github.com/signalbox-io/signalbox/services/poller/anodot"
	polleranomify "github.com/signalbox-io/signalbox/services/poller/anomify"
	polleranura "github.com/signalbox-io/signalbox/services/poller/anura"
	pollersecurereporter "github.com/signalbox-io/signalbox/services/poller/securereporter"
	"github.com/signalbox-io/signalbox/services/query"
	"github.com/signalbox-io/signalbox/services/router"
)

// All is the name that stands for every target.
const All = "all"

// Target is a part of Signalbox that a process can run.
type Target struct {
	// Name is what `serve --target` takes.
	Name string
	// About says in a line what it does.
	About string

	module fx.Option
	// adapts is the vendor that an adapter fronts.
	adapts eventv1.Vendor
}

func (t Target) isPoller() bool { return strings.HasPrefix(t.Name, "poller-") }

// receives reports whether it takes what a vendor pushes.
func (t Target) receives() bool { return t.Name == "poller-anodot" }

func (t Target) isAdapter() bool { return t.adapts != eventv1.Vendor_VENDOR_UNSPECIFIED }

// AllTargets returns every target. Adapters come first: they start before and
// stop after everything that calls them.
func AllTargets() []Target {
	return []Target{
		{"adapter-anodot", "fronts Anodot accounts", adapteranodot.Module, eventv1.Vendor_VENDOR_ANODOT},
		{"adapter-anomify", "fronts Anomify organisations", adapteranomify.Module, eventv1.Vendor_VENDOR_ANOMIFY},
		{"adapter-anura", "fronts Anura accounts", adapteranura.Module, eventv1.Vendor_VENDOR_ANURA},
		{"adapter-secure-reporter", "fronts Secure Reporter installations", adaptersecurereporter.Module, eventv1.Vendor_VENDOR_SECURE_REPORTER},
		{"adapter-analytics", "fronts Analytics Platform accounts", adapteranalytics.Module, eventv1.Vendor_VENDOR_ANALYTICS},
		{"poller-anodot", "reads verdicts and firings of Anodot, takes pushes", polleranodot.Module, 0},
		{"poller-anomify", "polls Anomify for anomalies", polleranomify.Module, 0},
		{"poller-anura", "polls Anura for invalid traffic", polleranura.Module, 0},
		{"poller-secure-reporter", "polls Secure Reporter for the rows of reports", pollersecurereporter.Module, 0},
		{"poller-analytics", "polls Analytics for traffic", polleranalytics.Module, 0},
		{"router", "decides by rules and acts", router.Module, 0},
		{"query", "answers what happened and why", query.Module, 0},
	}
}

// Selection is what one process is asked to run.
type Selection struct {
	// Targets in the order in which they start.
	Targets []Target

	everything bool
}

// Select returns the targets that text names, separated by commas; `all` names
// every one.
func Select(text string) (Selection, error) {
	if strings.TrimSpace(text) == All {
		return Selection{Targets: AllTargets(), everything: true}, nil
	}
	wanted := map[string]bool{}
	for name := range strings.SplitSeq(text, ",") {
		wanted[strings.TrimSpace(name)] = true
	}
	var s Selection
	for _, target := range AllTargets() {
		if wanted[target.Name] {
			s.Targets = append(s.Targets, target)
			delete(wanted, target.Name)
		}
	}
	for name := range wanted {
		return Selection{}, fmt.Errorf("no target %q; there are %s, %s", name, All, strings.Join(Names(AllTargets()), ", "))
	}
	return s, nil
}

// Holds reports whether this process holds the credential of an account: one
// that was asked for an adapter by its name serves every account of that
// vendor, one that runs everything leaves those to their adapter whose source
// says that it runs elsewhere.
func (s Selection) Holds(vendor eventv1.Vendor, remote bool) bool {
	if s.everything {
		return !remote
	}
	return slices.ContainsFunc(s.Targets, func(t Target) bool { return t.isAdapter() && t.adapts == vendor })
}

// Receives reports whether this process takes what vendors push.
func (s Selection) Receives() bool {
	return slices.ContainsFunc(s.Targets, Target.receives)
}

// Claim returns the configuration as this process takes it: accounts that it
// holds are served here, whatever address others find them at.
func (s Selection) Claim(cfg config.Config) config.Config {
	cfg.Sources = slices.Clone(cfg.Sources)
	for i, source := range cfg.Sources {
		cfg.Sources[i].RemoteAdapter = !s.Holds(source.Vendor, source.RemoteAdapter)
	}
	return cfg
}

// Names returns the names of the targets, in their order.
func Names(targets []Target) []string {
	list := make([]string, 0, len(targets)+1)
	for _, target := range targets {
		list = append(list, target.Name)
	}
	return list
}
