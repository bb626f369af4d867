package anura

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"time"

	anurav1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anura/v1"
	"github.com/signalbox-io/signalbox/services/adapter"
)

// GetOverview returns the counts of a range of days. A range that the vendor
// would refuse is refused here, before a call is spent on it. A day that
// cannot be read is rejected.
func (s *Server) GetOverview(
	ctx context.Context, req *anurav1.GetOverviewRequest,
) (*anurav1.GetOverviewResponse, error) {
	if err := checkWindow(req.GetStart(), req.GetEnd(), time.Now()); err != nil {
		return nil, err
	}
	account, err := s.accounts.Find(req.GetSource())
	if err != nil {
		return nil, err
	}
	got, err := account.Client.getOverview(ctx, req)
	if err := account.Done(err); err != nil {
		return nil, err
	}
	days, rejected := adapter.ReadEach(got.rows, func(row json.RawMessage) (*anurav1.DayCounts, error) {
		return got.columns.dayOf(row)
	})
	slices.SortStableFunc(days, func(a, b *anurav1.DayCounts) int { return cmp.Compare(a.GetDay(), b.GetDay()) })
	return &anurav1.GetOverviewResponse{
		Total: got.total, Days: days, Raw: got.raw, Rejected: rejectedRecords(rejected, firstDayRow),
	}, nil
}
