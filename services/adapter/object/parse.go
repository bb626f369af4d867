package object

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
)

// Parse decodes an object that nests no deeper than can be passed on, and holds
// no more than a reader should. Each value but the first has a comma before it;
// commas in texts count too, which is on the safe side.
func (c Codec) Parse(record json.RawMessage) (map[string]any, error) {
	if bytes.Count(record, []byte(",")) >= maxValues {
		return nil, fmt.Errorf("holds more than %d values", maxValues)
	}
	object, err := c.decode(record)
	if err != nil {
		return nil, fmt.Errorf("is no object: %w", err)
	}
	if object == nil {
		return nil, errors.New("is no object")
	}
	if !isShallow(object, maxDepth) {
		return nil, fmt.Errorf("nests deeper than %d levels", maxDepth)
	}
	return object, nil
}

// decode keeps numbers as they are written where texts may be read from them:
// a float would lose the last digits of a long id.
func (c Codec) decode(record json.RawMessage) (map[string]any, error) {
	var object map[string]any
	if !c.Lenient {
		err := json.Unmarshal(record, &object)
		return object, err
	}
	if !json.Valid(record) {
		return nil, errors.New("broken JSON")
	}
	decoder := json.NewDecoder(bytes.NewReader(record))
	decoder.UseNumber()
	err := decoder.Decode(&object)
	return object, err
}

func isShallow(value any, depth int) bool {
	if depth == 0 {
		return false
	}
	switch v := value.(type) {
	case map[string]any:
		for _, inner := range v {
			if !isShallow(inner, depth-1) {
				return false
			}
		}
	case []any:
		for _, inner := range v {
			if !isShallow(inner, depth-1) {
				return false
			}
		}
	}
	return true
}

// numberIn returns the finite number that a decoded value is.
func numberIn(value any) (float64, bool) {
	switch v := value.(type) {
	case float64:
		return v, true
	case json.Number:
		number, err := v.Float64()
		return number, err == nil && !math.IsInf(number, 0) && !math.IsNaN(number)
	default:
		return 0, false
	}
}
