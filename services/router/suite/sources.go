package suite

import (
	"strings"

	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	"github.com/signalbox-io/signalbox/services/router/rule"
)

// sources reads the sources that actions may name.
func (p *parser) sources(top *object) rule.Catalog {
	node := top.value["sources"]
	if node == nil {
		return p.options.Catalog
	}
	catalog := rule.Catalog{Sources: map[string]eventv1.Vendor{}}
	o := p.object(node, "sources")
	if o == nil {
		return p.options.Catalog
	}
	for _, name := range o.names {
		word := strings.ToUpper(o.value[name.Value].Value)
		v, ok := eventv1.Vendor_value["VENDOR_"+word]
		if !ok || v == 0 {
			p.fail(o.value[name.Value], "vendor %s: %s", rule.Describe(o.value[name.Value]), rule.Nearest(vendors(), strings.ToLower(word)))
			continue
		}
		catalog.Sources[name.Value] = eventv1.Vendor(v)
	}
	return catalog
}

func vendors() []string {
	var words []string
	values := eventv1.Vendor(0).Descriptor().Values()
	for i := 1; i < values.Len(); i++ {
		words = append(words, strings.ToLower(strings.TrimPrefix(string(values.Get(i).Name()), "VENDOR_")))
	}
	return words
}
