package document

import "github.com/signalbox-io/signalbox/pkg/yamlfault"

// syntax adds the problem of a file that is no YAML.
func (d *Document) syntax(data []byte, err error) {
	fault := yamlfault.Of(data, err)
	d.broken, d.unreadable = true, true
	d.add(fault.Line, max(1, fault.Column), "", "this is not YAML: "+fault.Message)
}
