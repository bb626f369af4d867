package anodot

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/signalbox-io/signalbox/pkg/rpc"
	"github.com/signalbox-io/signalbox/pkg/vendorhttp"
	anodotv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anodot/v1"
)

// CreateDataStream creates one data stream, once. After an OUTCOME_UNKNOWN
// error the caller looks for its name.
func (s *Server) CreateDataStream(
	ctx context.Context, req *anodotv1.CreateDataStreamRequest,
) (*anodotv1.CreateDataStreamResponse, error) {
	post := effect("create_data_stream", http.MethodPost, streamsPath, budgetStreamWrite)
	stream, err := s.writeStream(ctx, req.GetSource(), req.GetDataStream(), post)
	if err != nil {
		return nil, err
	}
	return &anodotv1.CreateDataStreamResponse{DataStream: stream}, nil
}

// UpdateDataStream replaces one data stream, once. After an OUTCOME_UNKNOWN
// error the caller reads the stream back.
func (s *Server) UpdateDataStream(
	ctx context.Context, req *anodotv1.UpdateDataStreamRequest,
) (*anodotv1.UpdateDataStreamResponse, error) {
	if err := needID(streamID, req.GetDataStreamId()); err != nil {
		return nil, err
	}
	put := effect("update_data_stream", http.MethodPut, under(streamsPath, req.GetDataStreamId()), budgetStreamWrite)
	stream, err := s.writeStream(ctx, req.GetSource(), req.GetDataStream(), put)
	if err != nil {
		return nil, err
	}
	return &anodotv1.UpdateDataStreamResponse{DataStream: stream}, nil
}

func (s *Server) writeStream(
	ctx context.Context, source string, stream *anodotv1.DataStream, req vendorhttp.Request,
) (*anodotv1.DataStream, error) {
	if stream == nil {
		return nil, rpc.FieldViolation("data_stream", "is missing; the vendor takes the whole data stream")
	}
	if err := checkSchedule(stream); err != nil {
		return nil, err
	}
	plain, err := writeObject(stream)
	if err != nil {
		return nil, rpc.FieldViolation("data_stream", "%v", err)
	}
	body, err := jsonOf("data_stream", plain)
	if err != nil {
		return nil, err
	}
	req.Body = body
	return call(s, source, func(c *client) (*anodotv1.DataStream, error) {
		return shown(ctx, c, req, objectOf[anodotv1.DataStream])
	})
}

// checkSchedule refuses a history that the document does not allow with the
// polling interval: the one call a minute is not to be spent on it.
func checkSchedule(stream *anodotv1.DataStream) error {
	interval := word(stream.GetPollingInterval())
	span := word(stream.GetHistoricalDateRange().GetConstRange())
	if interval == "" || span == "" {
		return nil
	}
	if allowed := spansOf(interval); !slices.Contains(allowed, span) {
		return rpc.FieldViolation("data_stream.historical_date_range",
			"%s does not go with the polling interval %s; take one of %s", span, interval, strings.Join(allowed, ", "))
	}
	return nil
}

// spansOf returns the histories that go with a polling interval.
func spansOf(interval string) []string {
	spans := []string{"h1", "h4", "d1", "d3", "w1", "m1", "m3", "m6", "y1", "y2", "y5", "y10", "y15", "y20"}
	switch interval {
	case "m1":
		return spans[:5]
	case "m5", "m10", "m15", "m30":
		return spans[:6]
	case "daily":
		return spans[2:]
	default:
		return spans[2:9]
	}
}
