package anodot

import (
	"errors"
	"math"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/vendorhttp"
	"github.com/signalbox-io/signalbox/services/adapter/object"
)

// epoch is Anodot's time: seconds since 1970; absent or 0 is no time.
type epoch struct{ seconds float64 }

// UnmarshalJSON reads the seconds.
func (e *epoch) UnmarshalJSON(data []byte) error {
	var n vendorhttp.Number
	if err := n.UnmarshalJSON(data); err != nil {
		return err
	}
	if n < 0 || n > object.LatestEpoch {
		return errors.New("time is out of range for epoch seconds")
	}
	e.seconds = float64(n)
	return nil
}

func (e epoch) isSet() bool { return e.seconds > 0 }

// timestamp returns the time, nil for none.
func (e epoch) timestamp() *timestamppb.Timestamp {
	if !e.isSet() {
		return nil
	}
	whole, fraction := math.Modf(e.seconds)
	return timestamppb.New(time.Unix(int64(whole), int64(fraction*1e9)))
}
