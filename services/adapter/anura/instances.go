package anura

import (
	"context"

	anurav1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anura/v1"
	"github.com/signalbox-io/signalbox/services/adapter"
)

// ListInstances returns the instances that the token can see, the vendor's
// own `All Instances` among them. A record without an id is left out and
// logged.
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
	for _, r := range rejected {
		s.logger.WarnContext(ctx, "instance cannot be read",
			"source", req.GetSource(), "index", r.Index, "reason", r.Reason)
	}
	return &anurav1.ListInstancesResponse{Instances: instances}, nil
}
