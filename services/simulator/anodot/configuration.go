package anodot

import (
	"encoding/json"
	"maps"
)

// fields is a Configuration without its methods.
type fields Configuration

// UnmarshalJSON reads the documented fields and keeps the others.
func (c *Configuration) UnmarshalJSON(data []byte) error {
	var known fields
	if err := json.Unmarshal(data, &known); err != nil {
		return err
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(data, &all); err != nil {
		return err
	}
	documented, err := fieldsOf(known)
	if err != nil {
		return err
	}
	maps.DeleteFunc(all, func(name string, _ json.RawMessage) bool { return documented[name] != nil })
	*c = Configuration(known)
	if len(all) > 0 {
		c.Extra = all
	}
	return nil
}

// MarshalJSON writes the documented fields and those that were kept.
func (c Configuration) MarshalJSON() ([]byte, error) {
	all, err := fieldsOf(fields(c))
	if err != nil {
		return nil, err
	}
	maps.Copy(all, c.Extra)
	return json.Marshal(all)
}

func fieldsOf(c fields) (map[string]json.RawMessage, error) {
	data, err := json.Marshal(c)
	if err != nil {
		return nil, err
	}
	var all map[string]json.RawMessage
	return all, json.Unmarshal(data, &all)
}
