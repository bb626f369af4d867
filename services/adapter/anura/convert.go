package anura

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/url"
	"strconv"
	"strings"

	"github.com/signalbox-io/signalbox/pkg/vendorhttp"
	anurav1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anura/v1"
)

// count is a number of requests: whole and not negative.
type count int64

// UnmarshalJSON reads the count from a number or a text that holds one.
func (c *count) UnmarshalJSON(data []byte) error {
	var n vendorhttp.Number
	if err := n.UnmarshalJSON(data); err != nil {
		return err
	}
	if n < 0 || n > 1<<53 || float64(n) != math.Trunc(float64(n)) {
		return fmt.Errorf("%s is no count", strconv.FormatFloat(float64(n), 'g', -1, 64))
	}
	*c = count(n)
	return nil
}

// decode returns the text behind the vendor's URL encoding; one that is not
// encoded properly stays as it is. What the encoding hides may be no text at
// all, which no message could carry.
func decode(text string) string {
	decoded, err := url.QueryUnescape(text)
	if err != nil {
		return text
	}
	return strings.ToValidUTF8(decoded, "\uFFFD")
}

func instanceOf(record json.RawMessage) (*anurav1.Instance, error) {
	var w wireInstance
	if err := json.Unmarshal(record, &w); err != nil {
		return nil, fmt.Errorf("instance cannot be read: %w", err)
	}
	if w.ID == "" {
		return nil, errors.New("instance has no id")
	}
	return &anurav1.Instance{Id: decode(string(w.ID)), Name: decode(string(w.Name))}, nil
}

// totalOf reads the sums. Mobile requests are part of both others, so an
// answer without them is complete enough.
func totalOf(raw json.RawMessage) (*anurav1.Counts, *vendorhttp.Error) {
	var w wireTotal
	if err := json.Unmarshal(raw, &w); err != nil {
		return nil, vendorhttp.Errorf(vendorhttp.BadAnswer, "answer has no readable total: %v", err)
	}
	if w.NonSuspect == nil || w.Suspect == nil {
		return nil, vendorhttp.Errorf(vendorhttp.BadAnswer, "the total lacks the suspect or the other requests")
	}
	return &anurav1.Counts{
		Nonsuspect: int64(*w.NonSuspect), Suspect: int64(*w.Suspect), Mobile: int64(w.Mobile),
	}, nil
}
