package securereporter

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/vendorhttp"
	securereporterv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/securereporter/v1"
	"github.com/signalbox-io/signalbox/services/adapter"
)

// GetServerTime returns the time by the installation's clock.
func (s *Server) GetServerTime(
	ctx context.Context, req *securereporterv1.GetServerTimeRequest,
) (*securereporterv1.GetServerTimeResponse, error) {
	return call(s, req.GetSource(), func(c *client) (*securereporterv1.GetServerTimeResponse, error) {
		at, raw, err := c.serverTime(ctx, "get_server_time", "/api/server_time/")
		return &securereporterv1.GetServerTimeResponse{Time: timestamppb.New(at), Raw: raw}, err
	})
}

// GetServerIsoTime returns the time by the installation's clock, from the
// endpoint that writes it as an ISO 8601 text.
func (s *Server) GetServerIsoTime(
	ctx context.Context, req *securereporterv1.GetServerIsoTimeRequest,
) (*securereporterv1.GetServerIsoTimeResponse, error) {
	return call(s, req.GetSource(), func(c *client) (*securereporterv1.GetServerIsoTimeResponse, error) {
		at, raw, err := c.serverTime(ctx, "get_server_iso_time", "/api/server_iso_time/")
		return &securereporterv1.GetServerIsoTimeResponse{Time: timestamppb.New(at), Raw: raw}, err
	})
}

func (c *client) serverTime(ctx context.Context, operation, path string) (at time.Time, raw string, err error) {
	err = c.read(ctx, vendorhttp.Request{
		Operation: operation, Path: path,
		Check: func(answer vendorhttp.Answer) (failure *vendorhttp.Error) {
			raw = adapter.Raw(answer.Body)
			at, failure = serverTimeOf(answer)
			return failure
		},
	})
	return at, raw, err
}

// serverTimeOf reads an answer of any of the assumed shapes.
func serverTimeOf(answer vendorhttp.Answer) (time.Time, *vendorhttp.Error) {
	if failure := failureIn(answer); failure != nil {
		return time.Time{}, failure
	}
	if at, err := parseServerTime(answer.Body); err == nil {
		return at, nil // a bare text
	}
	var whole json.RawMessage
	if failure := vendorhttp.DecodeJSON(answer.Body, &whole); failure != nil {
		return time.Time{}, failure
	}
	var given parts
	if json.Unmarshal(whole, &given) == nil {
		whole, _ = timeIn(given)
	}
	at, err := jsonTime(whole)
	if err != nil || !timestamppb.New(at).IsValid() {
		return time.Time{}, vendorhttp.Errorf(vendorhttp.BadAnswer, "answer has no time in a form that is known")
	}
	return at, nil
}

func jsonTime(value json.RawMessage) (time.Time, error) {
	var seconds float64
	if text := strings.TrimSpace(string(value)); text != "null" && json.Unmarshal(value, &seconds) == nil {
		return epochTime(seconds)
	}
	var text string
	if err := json.Unmarshal(value, &text); err != nil {
		return time.Time{}, errNoTime
	}
	return parseServerTime(text)
}
