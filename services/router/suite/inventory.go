package suite

import (
	"cmp"
	"slices"
	"strconv"

	"go.yaml.in/yaml/v3"

	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
)

// inventory reads the alerts of sources: a list of them, or how many there are.
func (p *parser) inventory(node *yaml.Node) stock {
	o := p.object(node, "inventory")
	if o == nil {
		return nil
	}
	var out stock
	for _, name := range o.names {
		i := &routerv1.Inventory{Source: name.Value}
		value := o.value[name.Value]
		if value.Kind == yaml.ScalarNode {
			i.Alerts = numbered(p.number(value, "inventory", 0, maxStock))
		} else {
			for _, element := range p.list(value, "inventory") {
				i.Alerts = append(i.Alerts, p.alert(element))
			}
		}
		slices.SortFunc(i.GetAlerts(), func(a, b *routerv1.InventoryAlert) int { return cmp.Compare(a.GetId(), b.GetId()) })
		out = append(out, i)
	}
	return out
}

// numbered returns so many alerts that nothing is known of.
func numbered(count int) []*routerv1.InventoryAlert {
	alerts := make([]*routerv1.InventoryAlert, count)
	for i := range alerts {
		alerts[i] = &routerv1.InventoryAlert{Id: "other-" + strconv.Itoa(i+1)}
	}
	return alerts
}

func (p *parser) alert(node *yaml.Node) *routerv1.InventoryAlert {
	a := &routerv1.InventoryAlert{}
	o := p.object(node, "an alert", "id", "title", "severity", "labels", "paused")
	if o == nil {
		return a
	}
	if o.value["id"] == nil {
		p.fail(node, "id is missing: expected the alert's")
		return a
	}
	for word, to := range map[string]*string{"id": &a.Id, "title": &a.Title, "severity": &a.Severity} {
		if n := o.value[word]; n != nil {
			*to = p.text(n, word)
		}
	}
	if n := o.value["labels"]; n != nil {
		a.Labels = p.texts(n, "labels")
	}
	if n := o.value["paused"]; n != nil {
		a.Paused = p.flag(n, "paused")
	}
	return a
}
