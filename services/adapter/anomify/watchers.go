package anomify

import (
	"context"
	"strings"

	"github.com/signalbox-io/signalbox/pkg/rpc"
	"github.com/signalbox-io/signalbox/pkg/vendorhttp"
	anomifyv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anomify/v1"
)

const watcherID = "watcher_id"

// ListWatchers returns all watchers, deleted ones included. It goes before
// other reads, because the creation of a watcher waits for it. Records
// without an id are left out, and logged when they change.
func (s *Server) ListWatchers(
	ctx context.Context, req *anomifyv1.ListWatchersRequest,
) (*anomifyv1.ListWatchersResponse, error) {
	get := read("list_watchers", "/watchers/list", nil)
	get.Urgent = true
	got, err := listOf(ctx, s, req.GetSource(), get, "watchers", watcherOf)
	if err != nil {
		return nil, err
	}
	s.unreadable.tell(ctx, s.logger, req.GetSource(), got.rejected)
	return &anomifyv1.ListWatchersResponse{Watchers: got.records, Rejected: got.rejected}, nil
}

// ListChips returns the parts of metric names that watchers can match.
func (s *Server) ListChips(ctx context.Context, req *anomifyv1.ListChipsRequest) (*anomifyv1.ListChipsResponse, error) {
	got, err := listOf(ctx, s, req.GetSource(), read("list_chips", "/watchers/chips", nil), "chips", chipOf)
	if err != nil {
		return nil, err
	}
	response := &anomifyv1.ListChipsResponse{}
	for _, chip := range got.records {
		response.Chips = append(response.Chips, *chip)
	}
	return response, nil
}

// CreateWatcher creates a watcher, once. After an OUTCOME_UNKNOWN error the
// caller looks for the name among the watchers.
func (s *Server) CreateWatcher(
	ctx context.Context, req *anomifyv1.CreateWatcherRequest,
) (*anomifyv1.CreateWatcherResponse, error) {
	if strings.TrimSpace(req.GetName()) == "" {
		return nil, rpc.FieldViolation("name", "is empty")
	}
	if len(req.GetChips()) == 0 {
		return nil, rpc.FieldViolation("chips", "is empty; name at least one part of a metric's name")
	}
	if err := checkChips(req.GetChips()); err != nil {
		return nil, err
	}
	form := watcherForm(req.GetName(), req.GetChips(), req.GetAlert())
	if err := setExpiration(form, req.GetExpirationTime()); err != nil {
		return nil, err
	}
	if err := withParameters(form, req.GetParameters()); err != nil {
		return nil, err
	}
	watcher, err := oneOf(ctx, s, req.GetSource(), effect("create_watcher", "/watcher/create", form), "watcher", watcherOf)
	if err != nil {
		return nil, err
	}
	return &anomifyv1.CreateWatcherResponse{Watcher: watcher}, nil
}

// UpdateWatcher changes what is given of a watcher, once. After an
// OUTCOME_UNKNOWN error the caller reads the watchers back.
func (s *Server) UpdateWatcher(
	ctx context.Context, req *anomifyv1.UpdateWatcherRequest,
) (*anomifyv1.UpdateWatcherResponse, error) {
	form, err := updateForm(req)
	if err != nil {
		return nil, err
	}
	watcher, err := s.changeWatcher(ctx, req, "update", effect("update_watcher", "", form))
	if err != nil {
		return nil, err
	}
	return &anomifyv1.UpdateWatcherResponse{Watcher: watcher}, nil
}

// DeleteWatcher deletes a watcher, once. NOT_FOUND says that there is none.
func (s *Server) DeleteWatcher(
	ctx context.Context, req *anomifyv1.DeleteWatcherRequest,
) (*anomifyv1.DeleteWatcherResponse, error) {
	watcher, err := s.changeWatcher(ctx, req, "delete", effect("delete_watcher", "", nil))
	if err != nil {
		return nil, err
	}
	return &anomifyv1.DeleteWatcherResponse{Watcher: watcher}, nil
}

// UndeleteWatcher brings a deleted watcher back, once.
func (s *Server) UndeleteWatcher(
	ctx context.Context, req *anomifyv1.UndeleteWatcherRequest,
) (*anomifyv1.UndeleteWatcherResponse, error) {
	watcher, err := s.changeWatcher(ctx, req, "undelete", effect("undelete_watcher", "", nil))
	if err != nil {
		return nil, err
	}
	return &anomifyv1.UndeleteWatcherResponse{Watcher: watcher}, nil
}

// watcherRequest names one watcher.
type watcherRequest interface {
	GetSource() string
	GetWatcherId() string
}

func (s *Server) changeWatcher(
	ctx context.Context, req watcherRequest, verb string, change vendorhttp.Request,
) (*anomifyv1.Watcher, error) {
	if err := needID(watcherID, req.GetWatcherId()); err != nil {
		return nil, err
	}
	change.Path = under("/watcher", req.GetWatcherId(), verb)
	return shownOf(ctx, s, req.GetSource(), change, "watcher", watcherOf)
}
