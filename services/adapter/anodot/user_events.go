package anodot

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"

	"google.golang.org/grpc"

	"github.com/signalbox-io/signalbox/pkg/rpc"
	"github.com/signalbox-io/signalbox/pkg/vendorhttp"
	anodotv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anodot/v1"
)

const userEventsPath = "/api/v2/user-events"

// CreateUserEvent creates one user event, once.
func (s *Server) CreateUserEvent(
	ctx context.Context, req *anodotv1.CreateUserEventRequest,
) (*anodotv1.CreateUserEventResponse, error) {
	if req.GetEvent().GetId() != "" {
		return nil, rpc.FieldViolation("event.id", "is the vendor's to give; leave it out, or update the event")
	}
	event, err := s.writeEvent(ctx, req.GetSource(), req.GetEvent(), effect("create_user_event", http.MethodPost, userEventsPath))
	if err != nil {
		return nil, err
	}
	return &anodotv1.CreateUserEventResponse{Event: event}, nil
}

// UpdateUserEvent replaces one user event, once.
func (s *Server) UpdateUserEvent(
	ctx context.Context, req *anodotv1.UpdateUserEventRequest,
) (*anodotv1.UpdateUserEventResponse, error) {
	if req.GetEvent().GetId() == "" {
		return nil, rpc.FieldViolation("event.id", "is missing")
	}
	event, err := s.writeEvent(ctx, req.GetSource(), req.GetEvent(), effect("update_user_event", http.MethodPut, userEventsPath))
	if err != nil {
		return nil, err
	}
	return &anodotv1.UpdateUserEventResponse{Event: event}, nil
}

func (s *Server) writeEvent(
	ctx context.Context, source string, event *anodotv1.UserEvent, req vendorhttp.Request,
) (*anodotv1.UserEvent, error) {
	if event.GetTitle() == "" || event.GetStartDate() == nil {
		return nil, rpc.FieldViolation("event", "has no title or no start_date; both are required")
	}
	plain, err := writeObject(event)
	if err != nil {
		return nil, rpc.FieldViolation("event", "%v", err)
	}
	// The vendor takes times as texts, and null for none, and gives numbers back.
	plain["startDate"] = strconv.FormatInt(event.GetStartDate().GetSeconds(), 10)
	plain["endDate"] = nil
	if event.GetEndDate() != nil {
		plain["endDate"] = strconv.FormatInt(event.GetEndDate().GetSeconds(), 10)
	}
	if req.Body, err = jsonOf("event", map[string]any{"event": plain}); err != nil {
		return nil, err
	}
	return call(s, source, func(c *client) (*anodotv1.UserEvent, error) {
		return shown(ctx, c, req, objectOf[anodotv1.UserEvent])
	})
}

// GetUserEvent returns one user event.
func (s *Server) GetUserEvent(
	ctx context.Context, req *anodotv1.GetUserEventRequest,
) (*anodotv1.GetUserEventResponse, error) {
	if err := needID("event_id", req.GetEventId()); err != nil {
		return nil, err
	}
	event, err := call(s, req.GetSource(), func(c *client) (*anodotv1.UserEvent, error) {
		return one(ctx, c, read("get_user_event", under(userEventsPath, req.GetEventId())), objectOf[anodotv1.UserEvent])
	})
	if err != nil {
		return nil, err
	}
	return &anodotv1.GetUserEventResponse{Event: event}, nil
}

// DeleteUserEvent deletes one user event, once.
func (s *Server) DeleteUserEvent(
	ctx context.Context, req *anodotv1.DeleteUserEventRequest,
) (*anodotv1.DeleteUserEventResponse, error) {
	if err := needID("event_id", req.GetEventId()); err != nil {
		return nil, err
	}
	return call(s, req.GetSource(), func(c *client) (*anodotv1.DeleteUserEventResponse, error) {
		return &anodotv1.DeleteUserEventResponse{},
			c.silent(ctx, effect("delete_user_event", http.MethodDelete, under(userEventsPath, req.GetEventId())))
	})
}

// ListUserEvents sends the user events of a window, a page at a time.
func (s *Server) ListUserEvents(
	req *anodotv1.ListUserEventsRequest, stream grpc.ServerStreamingServer[anodotv1.ListUserEventsResponse],
) error {
	if start := req.GetStartTime(); start.CheckValid() != nil || start.GetSeconds() < 0 {
		return rpc.FieldViolation("start_time", "is missing or out of range")
	}
	search, err := searchOf(req)
	if err != nil {
		return err
	}
	return sendPages(s, req.GetSource(), stream, func(c *client, page int) (*anodotv1.ListUserEventsResponse, bool, error) {
		return c.eventsPage(stream.Context(), req, search, page)
	})
}

// searchOf returns the body of the search, which reads although it is a POST.
func searchOf(req *anodotv1.ListUserEventsRequest) ([]byte, error) {
	categories := req.GetCategories()
	if categories == nil {
		categories = []string{}
	}
	filter := map[string]any{"categories": categories}
	if req.GetQuery() != nil {
		query, err := writeObject(req.GetQuery())
		if err != nil {
			return nil, rpc.FieldViolation("query", "%v", err)
		}
		filter["q"] = query
	}
	return jsonOf("query", map[string]any{"filter": filter, "aggregation": nil})
}

type eventBuckets struct {
	Total  vendorhttp.Number `json:"totalEvents"`
	Events []struct {
		TopEvents []json.RawMessage `json:"topEvent"`
	} `json:"events"`
}

func (c *client) eventsPage(
	ctx context.Context, req *anodotv1.ListUserEventsRequest, search []byte, page int,
) (*anodotv1.ListUserEventsResponse, bool, error) {
	post := read("list_user_events", userEventsPath+"/execute")
	post.Method, post.Body = http.MethodPost, search
	post.Query = queryOf("fromDate", secondsOf(req.GetStartTime()), "toDate", secondsOf(req.GetEndTime()),
		"order", "asc", "index", strconv.Itoa(page), "size", strconv.Itoa(listPage))
	var answer eventBuckets
	post.Into = &answer
	post.Check = func(a vendorhttp.Answer) *vendorhttp.Error {
		if answer.Events == nil {
			return orElse(partial(a), "answer has no list of events")
		}
		return partial(a)
	}
	if err := c.call(ctx, post); err != nil {
		return nil, false, err
	}
	var records []json.RawMessage
	for _, bucket := range answer.Events {
		records = append(records, bucket.TopEvents...)
	}
	events, rejected := readObjects[anodotv1.UserEvent](records)
	last := len(answer.Events) < listPage
	return &anodotv1.ListUserEventsResponse{Events: events, Rejected: rejected, Total: wholeOf(answer.Total)}, last, nil
}
