package rule

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/signalbox-io/signalbox/pkg/event"
	"github.com/signalbox-io/signalbox/pkg/expr"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	rulev1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/rule/v1"
)

// actions compiles `do`. A rule that acts must have something to do; one that
// is off or in shadow may be without.
func (c *compiler) actions(entries []*rulev1.Do, r *Rule) []Action {
	switch {
	case len(entries) == 0 && r.Mode == Auto:
		c.fail("do", "do is missing: a rule in mode auto has at least one action")
	case len(entries) > maxActions:
		c.fail("do", "%d actions: expected at most %d", len(entries), maxActions)
		return nil
	}
	actions := make([]Action, 0, len(entries))
	for i, entry := range entries {
		path := fmt.Sprintf("do[%d]", i)
		switch do := entry.GetAction().(type) {
		case *rulev1.Do_PauseAlert:
			actions = append(actions, Action{PauseAlert: c.pauseAlert(path+".pause_alert", do.PauseAlert, r.On)})
		case *rulev1.Do_CreateWatcher:
			actions = append(actions, Action{CreateWatcher: c.createWatcher(path+".create_watcher", do.CreateWatcher, r.On)})
		case *rulev1.Do_Publish:
			actions = append(actions, Action{Publish: c.publish(path+".publish", do.Publish, r.On)})
		default:
			if len(c.node(path).Content) == 0 { // else its unknown key is the fault
				c.fail(path, "the entry has no action: expected pause_alert, create_watcher or publish")
			}
		}
	}
	return actions
}

func (c *compiler) pauseAlert(path string, do *rulev1.DoPauseAlert, kinds []event.Kind) *PauseAlert {
	return &PauseAlert{
		Source:  c.source(path+".source", do.GetSource(), eventv1.Vendor_VENDOR_ANODOT),
		AlertID: c.template(path+".alert_id", do.GetAlertId(), kinds),
		For:     c.required(path+".for", do.GetFor()),
	}
}

func (c *compiler) createWatcher(path string, do *rulev1.DoCreateWatcher, kinds []event.Kind) *CreateWatcher {
	w := &CreateWatcher{
		Source: c.source(path+".source", do.GetSource(), eventv1.Vendor_VENDOR_ANOMIFY),
		Name:   c.template(path+".name", do.GetName(), kinds),
		Alert:  do.GetAlert(),
	}
	if len(do.GetChips()) == 0 {
		c.fail(path+".chips", "chips are missing: expected at least one part of a metric's name")
	}
	for i, chip := range do.GetChips() {
		w.Chips = append(w.Chips, c.template(fmt.Sprintf("%s.chips[%d]", path, i), chip, kinds))
	}
	return w
}

func (c *compiler) publish(path string, do *rulev1.DoPublish, kinds []event.Kind) *Publish {
	p := &Publish{Subject: c.template(path+".subject", do.GetSubject(), kinds)}
	if p.Subject != nil {
		if text, ok := p.Subject.Constant(); ok && !IsSubject(text) {
			c.fail(path+".subject", "subject %q: expected words joined by dots, without blanks, * and >", text)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(do.GetFields())) {
		text := do.GetFields()[name]
		if text == "" {
			p.Fields = append(p.Fields, Field{Name: name, Text: &expr.TextTemplate{}})
			continue
		}
		p.Fields = append(p.Fields, Field{Name: name, Text: c.template(path+".fields."+name, text, kinds)})
	}
	return p
}

// source checks that a source exists and is of the vendor that the action
// needs.
func (c *compiler) source(path, name string, vendor eventv1.Vendor) string {
	if name == "" {
		c.fail(path, "source is missing: expected the name of a source of %s", event.VendorName(vendor))
		return name
	}
	if c.catalog.Sources == nil {
		return name
	}
	is, ok := c.catalog.Sources[name]
	switch {
	case !ok:
		c.fail(path, "source %q is not configured: expected %s", name, c.sourcesOf(vendor))
	case is != vendor:
		c.fail(path, "source %s is one of %s: expected %s", name, event.VendorName(is), c.sourcesOf(vendor))
	}
	return name
}

// sourcesOf names the sources of a vendor.
func (c *compiler) sourcesOf(vendor eventv1.Vendor) string {
	var names []string
	for name, v := range c.catalog.Sources {
		if v == vendor {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return "a source of " + event.VendorName(vendor) + ", of which none is configured"
	}
	slices.Sort(names)
	return strings.Join(names, " or ")
}

// IsSubject reports whether a text is a subject that a message can be
// published on: words joined by dots, no blanks, no wildcards.
func IsSubject(text string) bool {
	for word := range strings.SplitSeq(text, ".") {
		if word == "" || strings.ContainsFunc(word, func(r rune) bool {
			return r == '*' || r == '>' || unicode.IsSpace(r) || unicode.IsControl(r)
		}) {
			return false
		}
	}
	return true
}
