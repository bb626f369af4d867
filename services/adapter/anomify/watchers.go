package anomify

import (
	"context"
	"strings"

	"github.com/signalbox-io/signalbox/pkg/rpc"
	anomifyv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anomify/v1"
	"github.com/signalbox-io/signalbox/services/adapter"
)

// ListWatchers returns all watchers. A record without an id is left out and
// logged.
func (s *Server) ListWatchers(
	ctx context.Context, req *anomifyv1.ListWatchersRequest,
) (*anomifyv1.ListWatchersResponse, error) {
	account, err := s.accounts.Find(req.GetSource())
	if err != nil {
		return nil, err
	}
	records, err := account.Client.listWatchers(ctx)
	if err := account.Done(err); err != nil {
		return nil, err
	}
	watchers, rejected := adapter.ReadEach(records, watcherOf)
	for _, r := range rejected {
		s.logger.WarnContext(ctx, "watcher cannot be read",
			"source", req.GetSource(), "index", r.Index, "reason", r.Reason)
	}
	return &anomifyv1.ListWatchersResponse{Watchers: watchers}, nil
}

// CreateWatcher creates a watcher, once. After an OUTCOME_UNKNOWN error the
// caller looks for the name among the watchers.
func (s *Server) CreateWatcher(
	ctx context.Context, req *anomifyv1.CreateWatcherRequest,
) (*anomifyv1.CreateWatcherResponse, error) {
	if err := checkWatcher(req); err != nil {
		return nil, err
	}
	account, err := s.accounts.Find(req.GetSource())
	if err != nil {
		return nil, err
	}
	watcher, err := account.Client.createWatcher(ctx, req.GetName(), req.GetChips(), req.GetAlert())
	if err := account.Done(err); err != nil {
		return nil, err
	}
	return &anomifyv1.CreateWatcherResponse{Watcher: watcher}, nil
}

// checkWatcher refuses what the vendor's comma list of chips cannot carry.
func checkWatcher(req *anomifyv1.CreateWatcherRequest) error {
	if strings.TrimSpace(req.GetName()) == "" {
		return rpc.FieldViolation("name", "is empty")
	}
	if len(req.GetChips()) == 0 {
		return rpc.FieldViolation("chips", "is empty; name at least one part of a metric's name")
	}
	for _, chip := range req.GetChips() {
		if strings.TrimSpace(chip) == "" || strings.Contains(chip, ",") {
			return rpc.FieldViolation("chips", "%q is empty or holds a comma", chip)
		}
	}
	return nil
}
