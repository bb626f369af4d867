package anura

import (
	"context"
	"encoding/json"
	"net/url"

	"github.com/signalbox-io/signalbox/pkg/vendorhttp"
	anurav1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anura/v1"
	"github.com/signalbox-io/signalbox/services/adapter"
)

// ListInstances returns the instances that the token can see, the vendor's
// own `All Instances` among them. A record without an id is rejected.
func (s *Server) ListInstances(
	ctx context.Context, req *anurav1.ListInstancesRequest,
) (*anurav1.ListInstancesResponse, error) {
	records, err := call(s, req.GetSource(), func(c *client) ([]json.RawMessage, error) {
		return c.listInstances(ctx, instancesRequest{
			Name: url.QueryEscape(req.GetName()), All: unlessTrue(req.GetExcludeAll()), paging: paging{Page: 1, Limit: pageSize},
		})
	})
	if err != nil {
		return nil, err
	}
	instances, rejected := adapter.ReadEach(records, instanceOf)
	return &anurav1.ListInstancesResponse{Instances: instances, Rejected: rejectedRecords(rejected, 0)}, nil
}

func (c *client) listInstances(ctx context.Context, asked instancesRequest) ([]json.RawMessage, error) {
	var all []json.RawMessage
	for {
		records, isLast, err := c.instancesPage(ctx, asked)
		if err != nil {
			return nil, err
		}
		all = append(all, records...)
		if isLast {
			return all, nil
		}
		asked.Page++
	}
}

// instancesPage returns one page and whether it is the last. A name cannot be
// wrong, so a 400 is about the token.
func (c *client) instancesPage(
	ctx context.Context, asked instancesRequest,
) (records []json.RawMessage, isLast bool, err error) {
	var w wireInstances
	var query wireQuery
	get := read("list_instances", "/interface/instances")
	get.Into = &w
	get.Check = func(vendorhttp.Answer) *vendorhttp.Error {
		query = queryOf(w.Query)
		return w.fault(asked.Page, query)
	}
	err = c.post(ctx, get, asked)
	return w.Instances, query.isLast(asked.paging, len(w.Instances)), aboutToken(err)
}

func (w wireInstances) fault(asked int, query wireQuery) *vendorhttp.Error {
	switch {
	case w.Instances == nil:
		return vendorhttp.Errorf(vendorhttp.BadAnswer, "answer has no list of instances")
	case query.Pages > maxPages || asked > maxPages:
		return vendorhttp.Errorf(vendorhttp.BadAnswer,
			"there are more than %d pages of %d instances, and no more are read", maxPages, pageSize)
	default:
		return query.fault(asked)
	}
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
