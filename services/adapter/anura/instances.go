package anura

import (
	"context"

	anurav1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anura/v1"
	"github.com/signalbox-io/signalbox/services/adapter"
)

// ListInstances returns the instances that the token can see, the vendor's
// own `All Instances` among them. A record without an id is rejected.
func (s *Server) ListInstances(
	ctx context.Context, req *anurav1.ListInstancesRequest,
) (*anurav1.ListInstancesResponse, error) {
	account, err := s.accounts.Find(req.GetSource())
	if err != nil {
		return nil, err
	}
	records, err := account.Client.listInstances(ctx)
	if err := account.Done(err); err != nil {
		return nil, err
	}
	instances, rejected := adapter.ReadEach(records, instanceOf)
	return &anurav1.ListInstancesResponse{Instances: instances, Rejected: rejectedRecords(rejected, 0)}, nil
}

// rejectedRecords returns the rejections as the API has them, their indices
// counted from first.
func rejectedRecords(rejected []adapter.Rejection, first int32) []*anurav1.RejectedRecord {
	records := make([]*anurav1.RejectedRecord, 0, len(rejected))
	for _, r := range rejected {
		records = append(records, &anurav1.RejectedRecord{Index: first + r.Index, Reason: r.Reason, Raw: r.Raw})
	}
	return records
}
