package anomify

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/signalbox-io/signalbox/pkg/vendorhttp"
	anomifyv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anomify/v1"
)

// Ping asks the vendor whether it is there.
func (s *Server) Ping(ctx context.Context, req *anomifyv1.PingRequest) (*anomifyv1.PingResponse, error) {
	return oneOf(ctx, s, req.GetSource(), read("ping", "/ping", nil), "ping",
		func(record json.RawMessage) (*anomifyv1.PingResponse, error) {
			response := &anomifyv1.PingResponse{}
			if err := json.Unmarshal(record, &response.Ping); err != nil || response.GetPing() == "" {
				return nil, errors.New("is no text")
			}
			return response, nil
		})
}

// GetStatus returns what the vendor says about itself. The session's id, which
// who has it could use, is left out.
func (s *Server) GetStatus(ctx context.Context, req *anomifyv1.GetStatusRequest) (*anomifyv1.GetStatusResponse, error) {
	return call(s, req.GetSource(), func(c *client) (*anomifyv1.GetStatusResponse, error) {
		response := &anomifyv1.GetStatusResponse{}
		err := c.call(ctx, read("get_status", "/status", nil), func(e envelope) *vendorhttp.Error {
			var err error
			if response.Status, err = structOf(e.Status); err != nil {
				return vendorhttp.Errorf(vendorhttp.BadAnswer, "status %v", err)
			}
			delete(response.GetStatus().GetFields(), "session_id")
			// The data of this call are empty wherever they have been seen.
			response.Data, _ = structOf(e.Data)
			return nil
		})
		return response, err
	})
}
