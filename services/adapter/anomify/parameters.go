package anomify

import (
	"net/url"
	"strconv"

	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/rpc"
)

// Names of parameters. Those of a lookup and of admin alerts are documented,
// the others assumed.
const (
	fromParameter       = "from_timestamp"
	untilParameter      = "until_timestamp"
	metricParameter     = "metric"
	anomalyIDParameter  = "anomaly_id"
	expirationParameter = "expiration_time"
)

// withParameters adds the caller's further parameters. It refuses those that
// the request has fields for, and those that would change who is asking.
func withParameters(values url.Values, parameters map[string]string) error {
	for name, value := range parameters {
		switch {
		case name == "":
			return rpc.FieldViolation("parameters", "one has no name")
		case name == "token" || name == "session_id":
			return rpc.FieldViolation("parameters", "%s is a credential; it is configured with the source", name)
		case values.Has(name):
			return rpc.FieldViolation("parameters", "%s has a field of its own", name)
		}
		values.Set(name, value)
	}
	return nil
}

// setWindow adds a window of time in seconds, as all of the vendor's examples
// have it. Absent ends are the vendor's own.
func setWindow(values url.Values, from, until *timestamppb.Timestamp) error {
	if err := checkEnds(from, until); err != nil {
		return err
	}
	if from != nil {
		values.Set(fromParameter, strconv.FormatInt(from.GetSeconds(), 10))
	}
	if until != nil {
		values.Set(untilParameter, strconv.FormatInt(until.GetSeconds(), 10))
	}
	return nil
}

func checkEnds(from, until *timestamppb.Timestamp) error {
	switch {
	case from != nil && (from.CheckValid() != nil || from.GetSeconds() < 0):
		return rpc.FieldViolation("from_time", "is out of range")
	case until != nil && (until.CheckValid() != nil || until.GetSeconds() < 0):
		return rpc.FieldViolation("until_time", "is out of range")
	case from != nil && until != nil && until.GetSeconds() < from.GetSeconds():
		return rpc.FieldViolation("until_time", "lies before from_time")
	default:
		return nil
	}
}

// checkWindow is checkEnds of a window that must have both ends.
func checkWindow(from, until *timestamppb.Timestamp) error {
	switch {
	case from == nil:
		return rpc.FieldViolation("from_time", "is missing")
	case until == nil:
		return rpc.FieldViolation("until_time", "is missing")
	default:
		return checkEnds(from, until)
	}
}

// setExpiration adds how long alerts are not repeated. Seconds are the unit of
// the vendor where none is named.
func setExpiration(values url.Values, after *durationpb.Duration) error {
	if after == nil {
		return nil
	}
	if after.CheckValid() != nil || after.GetSeconds() < 1 || after.GetNanos() != 0 {
		return rpc.FieldViolation("expiration_time", "is not at least one whole second")
	}
	values.Set(expirationParameter, strconv.FormatInt(after.GetSeconds(), 10))
	return nil
}
