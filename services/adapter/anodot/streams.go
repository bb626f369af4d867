package anodot

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"

	"github.com/signalbox-io/signalbox/pkg/rpc"
	"github.com/signalbox-io/signalbox/pkg/vendorhttp"
	anodotv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anodot/v1"
	"github.com/signalbox-io/signalbox/services/adapter/object"
)

const (
	streamsPath = "/api/v2/bc/data-streams"
	streamID    = "data_stream_id"
)

// ListDataStreams returns the account's data streams: id, name and type.
func (s *Server) ListDataStreams(
	ctx context.Context, req *anodotv1.ListDataStreamsRequest,
) (*anodotv1.ListDataStreamsResponse, error) {
	streams, rejected, err := listObjects[anodotv1.DataStream](ctx, s, req.GetSource(),
		read("list_data_streams", streamsPath, budgetStreamRead))
	if err != nil {
		return nil, err
	}
	return &anodotv1.ListDataStreamsResponse{DataStreams: streams, Rejected: rejected}, nil
}

// FindDataStreams returns the data streams with a text in their name, whole.
func (s *Server) FindDataStreams(
	ctx context.Context, req *anodotv1.FindDataStreamsRequest,
) (*anodotv1.FindDataStreamsResponse, error) {
	find := read("find_data_streams", streamsPath+"/find", budgetStreamRead)
	find.Query = url.Values{"searchQuery": {req.GetSearchQuery()}}
	streams, rejected, err := listObjects[anodotv1.DataStream](ctx, s, req.GetSource(), find)
	if err != nil {
		return nil, err
	}
	return &anodotv1.FindDataStreamsResponse{DataStreams: streams, Rejected: rejected}, nil
}

// GetDataStream returns one data stream, whole. It goes before other reads,
// because actions wait for it.
func (s *Server) GetDataStream(
	ctx context.Context, req *anodotv1.GetDataStreamRequest,
) (*anodotv1.GetDataStreamResponse, error) {
	if err := needID(streamID, req.GetDataStreamId()); err != nil {
		return nil, err
	}
	get := read("get_data_stream", under(streamsPath, req.GetDataStreamId()), budgetStreamRead)
	get.Urgent = true
	stream, err := call(s, req.GetSource(), func(c *client) (*anodotv1.DataStream, error) {
		return one(ctx, c, get, objectOf[anodotv1.DataStream])
	})
	if err != nil {
		return nil, err
	}
	return &anodotv1.GetDataStreamResponse{DataStream: stream}, nil
}

// DeleteDataStream deletes one data stream, once. NOT_FOUND says that there is
// none.
func (s *Server) DeleteDataStream(
	ctx context.Context, req *anodotv1.DeleteDataStreamRequest,
) (*anodotv1.DeleteDataStreamResponse, error) {
	if err := needID(streamID, req.GetDataStreamId()); err != nil {
		return nil, err
	}
	del := effect("delete_data_stream", http.MethodDelete, under(streamsPath, req.GetDataStreamId()), budgetStreamDelete)
	if req.DeleteMetrics != nil {
		del.Query = url.Values{"deleteMetrics": {strconv.FormatBool(req.GetDeleteMetrics())}}
	}
	return call(s, req.GetSource(), func(c *client) (*anodotv1.DeleteDataStreamResponse, error) {
		return &anodotv1.DeleteDataStreamResponse{}, c.silent(ctx, del)
	})
}

// PauseDataStream pauses one data stream, once. After an OUTCOME_UNKNOWN error
// the caller reads the stream back.
func (s *Server) PauseDataStream(
	ctx context.Context, req *anodotv1.PauseDataStreamRequest,
) (*anodotv1.PauseDataStreamResponse, error) {
	return &anodotv1.PauseDataStreamResponse{}, s.setStream(ctx, req, "pause", true)
}

// ResumeDataStream resumes one data stream, once. After an OUTCOME_UNKNOWN
// error the caller reads the stream back.
func (s *Server) ResumeDataStream(
	ctx context.Context, req *anodotv1.ResumeDataStreamRequest,
) (*anodotv1.ResumeDataStreamResponse, error) {
	return &anodotv1.ResumeDataStreamResponse{}, s.setStream(ctx, req, "resume", false)
}

// streamRequest names one data stream.
type streamRequest interface {
	GetSource() string
	GetDataStreamId() string
}

// setStream pauses or resumes. The document shows an answer that says which of
// the two holds afterwards; one that says the other is no success.
func (s *Server) setStream(ctx context.Context, req streamRequest, verb string, want bool) error {
	if err := needID(streamID, req.GetDataStreamId()); err != nil {
		return err
	}
	put := effect(verb+"_data_stream", http.MethodPut,
		under(streamsPath, req.GetDataStreamId())+"/state/"+verb, budgetStreamWrite)
	put.IgnoreBody = true
	put.Check = func(answer vendorhttp.Answer) *vendorhttp.Error {
		if failure := partial(answer); failure != nil {
			return failure
		}
		var state struct {
			Paused *bool `json:"paused"`
		}
		if json.Unmarshal([]byte(answer.Body), &state) == nil && state.Paused != nil && *state.Paused != want {
			return vendorhttp.Errorf(vendorhttp.BadAnswer, "answer says that paused is %t", *state.Paused)
		}
		return nil
	}
	_, err := call(s, req.GetSource(), func(c *client) (struct{}, error) { return struct{}{}, c.call(ctx, put) })
	return err
}

// CountDataStreamMetrics returns how many metrics a data stream has created.
func (s *Server) CountDataStreamMetrics(
	ctx context.Context, req *anodotv1.CountDataStreamMetricsRequest,
) (*anodotv1.CountDataStreamMetricsResponse, error) {
	if (req.GetDataStreamId() == "") == (req.GetDataStreamName() == "") {
		return nil, rpc.FieldViolation(streamID, "give either the id or the name of the data stream")
	}
	span := "day"
	if req.GetTimeRange() == anodotv1.CountRange_COUNT_RANGE_WEEK {
		span = "week"
	}
	count := read("count_data_stream_metrics", streamsPath+"/metrics/total", budgetStreamRead)
	count.Query = queryOf("streamId", req.GetDataStreamId(), "streamName", req.GetDataStreamName(), "timeRange", span)
	return call(s, req.GetSource(), func(c *client) (*anodotv1.CountDataStreamMetricsResponse, error) {
		return one(ctx, c, count, countOf)
	})
}

func countOf(record json.RawMessage) (*anodotv1.CountDataStreamMetricsResponse, error) {
	var answer struct {
		Total *vendorhttp.Number `json:"total"`
	}
	if err := json.Unmarshal(record, &answer); err != nil || answer.Total == nil {
		return nil, errNoTotal
	}
	if *answer.Total < 0 || *answer.Total > object.MaxExact {
		return nil, errNoTotal
	}
	return &anodotv1.CountDataStreamMetricsResponse{Total: int64(*answer.Total)}, nil
}
