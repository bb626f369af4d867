package vendorhttp

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// DecodeJSON decodes the whole text into v and says in a few words why it
// cannot, without quoting it. It returns nil for success.
func DecodeJSON(text string, v any) *Error {
	trimmed := strings.TrimSpace(text)
	switch {
	case trimmed == "":
		return Errorf(BadAnswer, "answer is empty where JSON is expected")
	case strings.HasPrefix(trimmed, "<"):
		return Errorf(BadAnswer, "answer is a page of HTML where JSON is expected")
	}
	err := json.Unmarshal([]byte(text), v)
	var syntax *json.SyntaxError
	var mismatch *json.UnmarshalTypeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &syntax):
		return Errorf(BadAnswer, "answer is no JSON: it breaks at byte %d of %d", syntax.Offset, len(text))
	case errors.As(err, &mismatch):
		kind, _, _ := strings.Cut(mismatch.Value, " ")
		return Errorf(BadAnswer, "answer has a JSON %s at %q, which does not belong there", kind, mismatch.Field)
	default:
		return Errorf(BadAnswer, "answer cannot be decoded: %v", err)
	}
}

// Number is a finite number that comes as a JSON number or as a text that
// holds one. Null leaves it unchanged.
type Number float64

// UnmarshalJSON reads the number.
func (n *Number) UnmarshalJSON(data []byte) error {
	text, err := scalarText(data)
	if err != nil || text == "" {
		return err
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsInf(v, 0) || math.IsNaN(v) {
		return fmt.Errorf("%s is no number", Cut(strconv.Quote(text), 40))
	}
	*n = Number(v)
	return nil
}

// ID is an identity that comes as a text or as a number. Null leaves it empty.
type ID string

// UnmarshalJSON reads the identity as it is written.
func (id *ID) UnmarshalJSON(data []byte) error {
	text, err := scalarText(data)
	*id = ID(text)
	return err
}

// scalarText returns a JSON string's text, a number as it is written, and ""
// for null.
func scalarText(data []byte) (string, error) {
	switch {
	case string(data) == "null":
		return "", nil
	case len(data) > 0 && data[0] == '"':
		var text string
		err := json.Unmarshal(data, &text)
		return strings.TrimSpace(text), err
	case len(data) > 0 && (data[0] == '-' || data[0] >= '0' && data[0] <= '9'):
		return string(data), nil
	default:
		return "", errors.New("neither a text nor a number")
	}
}
