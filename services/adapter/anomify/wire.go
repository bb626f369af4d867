package anomify

import (
	"encoding/json"
	"errors"
	"math"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/vendorhttp"
)

// envelope is every answer's outer form.
type envelope struct {
	Status json.RawMessage `json:"status"`
	Data   json.RawMessage `json:"data"`
}

// envelopeStatus is the part of the status that matters here. The engine
// behind the vendor calls its code `response`.
type envelopeStatus struct {
	Code     vendorhttp.Number `json:"code"`
	Response vendorhttp.Number `json:"response"`
	Reason   string            `json:"reason"`
}

// wireAnomaly is one anomaly as /anomaly/{id} is documented to give it.
type wireAnomaly struct {
	ID                 vendorhttp.ID      `json:"id"`
	Metric             string             `json:"metric"`
	Value              vendorhttp.Number  `json:"value"`
	Score              vendorhttp.Number  `json:"score"`
	Timestamp          unixTime           `json:"timestamp"`
	UntilTimestamp     unixTime           `json:"until_timestamp"`
	ExpectedRangeLower *vendorhttp.Number `json:"expected_range_lower"`
	ExpectedRangeUpper *vendorhttp.Number `json:"expected_range_upper"`
}

// latestTime is the greatest number taken for seconds; beyond it lie
// milliseconds by mistake.
const latestTime = 1e11

// unixTime is Anomify's time: seconds since 1970; absent, null, false or 0 is
// no time.
type unixTime struct{ seconds float64 }

// UnmarshalJSON reads the seconds.
func (t *unixTime) UnmarshalJSON(data []byte) error {
	if string(data) == "false" {
		return nil
	}
	var n vendorhttp.Number
	if err := n.UnmarshalJSON(data); err != nil {
		return err
	}
	if n < 0 || n > latestTime {
		return errors.New("time is out of range for unix seconds")
	}
	t.seconds = float64(n)
	return nil
}

func (t unixTime) isSet() bool { return t.seconds > 0 }

// timestamp returns the time, nil for none.
func (t unixTime) timestamp() *timestamppb.Timestamp {
	if !t.isSet() {
		return nil
	}
	whole, fraction := math.Modf(t.seconds)
	return timestamppb.New(time.Unix(int64(whole), int64(fraction*1e9)))
}
