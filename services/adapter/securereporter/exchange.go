package securereporter

import (
	"maps"
	"slices"

	"github.com/signalbox-io/signalbox/pkg/rpc"
	securereporterv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/securereporter/v1"
	"github.com/signalbox-io/signalbox/services/adapter"
)

// call makes the calls f of the source's installation and returns what they
// give, or a gRPC status.
func call[T any](s *Server, source string, f func(*client) (T, error)) (T, error) {
	var none T
	account, err := s.accounts.Find(source)
	if err != nil {
		return none, err
	}
	value, err := f(account.Client)
	if err := account.Done(err); err != nil {
		return none, err
	}
	return value, nil
}

// needReport refuses a report that would lead the path elsewhere, and a
// parameter that has no name or one that the call itself sets.
func needReport(report string, parameters map[string]string, own ...string) error {
	if !adapter.IsPathPart(report) {
		return rpc.FieldViolation("report", "is no slug and no number of a report")
	}
	if _, ok := parameters[""]; ok {
		return rpc.FieldViolation("parameters", "a bind variable has no name")
	}
	for _, name := range slices.Sorted(maps.Keys(parameters)) {
		if slices.Contains(own, name) {
			return rpc.FieldViolation("parameters", "has %s, which the call sets itself; leave it out", name)
		}
	}
	return nil
}

// needNumber refuses what cannot be a number of a report or a field: the vendor
// takes no slug there.
func needNumber(field string, id int64) error {
	if id <= 0 {
		return rpc.FieldViolation(field, "%d is no number of the vendor's; they begin at 1", id)
	}
	return nil
}

func rejectedOf(rejections []adapter.Rejection) []*securereporterv1.RejectedRecord {
	var rejected []*securereporterv1.RejectedRecord
	for _, r := range rejections {
		rejected = append(rejected, &securereporterv1.RejectedRecord{Index: r.Index, Reason: r.Reason, Raw: r.Raw})
	}
	return rejected
}
