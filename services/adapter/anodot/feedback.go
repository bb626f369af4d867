package anodot

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/config"
	"github.com/signalbox-io/signalbox/pkg/rpc"
	"github.com/signalbox-io/signalbox/pkg/vendorhttp"
	anodotv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anodot/v1"
	"github.com/signalbox-io/signalbox/services/adapter"
)

const feedbacksPath = "/api/v2/feedbacks"

// ListFeedback returns the verdicts given in a window of time. Whether the
// vendor includes the window's ends is not documented: overlap windows.
func (s *Server) ListFeedback(
	ctx context.Context, req *anodotv1.ListFeedbackRequest,
) (*anodotv1.ListFeedbackResponse, error) {
	if err := checkWindow(req.GetStartTime(), req.GetEndTime()); err != nil {
		return nil, err
	}
	window := feedbackWindow{Start: req.GetStartTime().GetSeconds(), End: req.GetEndTime().GetSeconds()}
	records, err := call(s, req.GetSource(), func(c *client) ([]json.RawMessage, error) {
		return c.listFeedback(ctx, window)
	})
	if err != nil {
		return nil, err
	}
	feedback, rejected := adapter.ReadEach(records, feedbackOf)
	return &anodotv1.ListFeedbackResponse{Feedback: feedback, Rejected: rejectedOf(rejected)}, nil
}

// listFeedback sends the window in the body of a GET, as the document shows,
// unless the settings say otherwise.
func (c *client) listFeedback(ctx context.Context, window feedbackWindow) ([]json.RawMessage, error) {
	req := read("list_feedback", feedbacksPath, budgetFeedback)
	if c.settings.FeedbackWindow != config.FeedbackInQuery {
		var err error
		if req.Body, err = json.Marshal(window); err != nil {
			return nil, err
		}
	}
	if c.settings.FeedbackWindow == config.FeedbackInQuery || c.settings.FeedbackWindow == config.FeedbackInBoth {
		req.Query = window.query()
	}
	var list feedbackList
	req.Into = &list
	req.Check = func(answer vendorhttp.Answer) *vendorhttp.Error {
		if list.Feedbacks == nil {
			return orElse(partial(answer), "answer has no list of feedbacks")
		}
		return partial(answer)
	}
	err := c.call(ctx, req)
	return list.Feedbacks, err
}

// query names the window as the vendor's table does and as the example beside
// it does.
func (w feedbackWindow) query() url.Values {
	start, end := strconv.FormatInt(w.Start, 10), strconv.FormatInt(w.End, 10)
	return url.Values{"startTime": {start}, "endTime": {end}, "startDate": {start}, "endDate": {end}}
}

func orElse(failure *vendorhttp.Error, text string) *vendorhttp.Error {
	if failure != nil {
		return failure
	}
	return vendorhttp.Errorf(vendorhttp.BadAnswer, "%s", text)
}

func checkWindow(start, end *timestamppb.Timestamp) error {
	switch {
	case start.CheckValid() != nil || start.GetSeconds() < 0:
		return rpc.FieldViolation("start_time", "is missing or out of range")
	case end.CheckValid() != nil:
		return rpc.FieldViolation("end_time", "is missing or out of range")
	case end.GetSeconds() < start.GetSeconds():
		return rpc.FieldViolation("end_time", "lies before start_time")
	default:
		return nil
	}
}

// CreateFeedback gives a verdict, once. It cannot be told from an equal one, so
// that one of unknown outcome is seen again only in the list of feedback.
func (s *Server) CreateFeedback(
	ctx context.Context, req *anodotv1.CreateFeedbackRequest,
) (*anodotv1.CreateFeedbackResponse, error) {
	verdict, ok := postedType(req.GetType())
	switch {
	case !ok:
		return nil, rpc.FieldViolation("type", "is neither GOOD_CATCH nor NOT_INTERESTING")
	case len(req.GetTriggerIds()) == 0:
		return nil, rpc.FieldViolation("trigger_ids", "names no firing")
	}
	body, err := jsonOf("trigger_ids", postedFeedback{
		UserID: req.GetUserId(), UserName: req.GetUserName(), TriggerIDs: req.GetTriggerIds(), Type: verdict, Origin: "api",
	})
	if err != nil {
		return nil, err
	}
	post := effect("create_feedback", http.MethodPost, feedbacksPath)
	post.Body = body
	return call(s, req.GetSource(), func(c *client) (*anodotv1.CreateFeedbackResponse, error) {
		response, err := shown(ctx, c, post, postedFeedbackOf)
		if response == nil {
			response = &anodotv1.CreateFeedbackResponse{}
		}
		return response, err
	})
}

// postedType returns the vendor's own spelling of a verdict to post, which is
// not the one in which it lists it.
func postedType(word string) (string, bool) {
	switch normalizeType(word) {
	case "GOOD_CATCH":
		return "GOOD_CATCH", true
	case "NOT_INTERESTING":
		return "NOT_INTERESETING", true
	default:
		return "", false
	}
}

func postedFeedbackOf(record json.RawMessage) (*anodotv1.CreateFeedbackResponse, error) {
	var answer struct {
		ID   vendorhttp.ID   `json:"id"`
		Meta json.RawMessage `json:"meta"`
	}
	if err := json.Unmarshal(record, &answer); err != nil || answer.ID == "" {
		return nil, errNoID
	}
	var meta struct {
		CreatedTime epoch `json:"createdTime"`
	}
	lenient(answer.Meta, &meta)
	return &anodotv1.CreateFeedbackResponse{FeedbackId: string(answer.ID), CreatedAt: meta.CreatedTime.timestamp()}, nil
}
