package anodot

import (
	"encoding/json"
	"math"
	"strconv"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/vendorhttp"
	anodotv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anodot/v1"
	"github.com/signalbox-io/signalbox/services/adapter"
	"github.com/signalbox-io/signalbox/services/adapter/object"
)

// sendPages sends one page after the other until one is the last. A caller that
// reads slowly slows the pages down: there is never more than one in memory.
func sendPages[P any](
	s *Server, source string, stream grpc.ServerStreamingServer[P],
	page func(c *client, number int) (response *P, last bool, err error),
) error {
	for number := range mostPages {
		isLast := false
		response, err := call(s, source, func(c *client) (*P, error) {
			response, last, err := page(c, number)
			isLast = last
			return response, err
		})
		if err != nil {
			return err
		}
		if err := stream.Send(response); err != nil || isLast {
			return err
		}
	}
	_, err := call(s, source, func(*client) (*P, error) {
		return nil, vendorhttp.Errorf(vendorhttp.BadAnswer, "after %d pages the vendor has still more", mostPages)
	})
	return err
}

// readObjects reads records one by one, so that a bad one costs only itself.
func readObjects[T any, M identified[T]](records []json.RawMessage) ([]*T, []*anodotv1.RejectedRecord) {
	objects, rejected := adapter.ReadEach(records, objectOf[T, M])
	return objects, rejectedOf(rejected)
}

// secondsOf returns the time as the vendor's queries write it, "" for none.
func secondsOf(at *timestamppb.Timestamp) string {
	if at == nil {
		return ""
	}
	return strconv.FormatInt(at.GetSeconds(), 10)
}

// wholeOf returns a count, 0 for one that cannot be.
func wholeOf(n vendorhttp.Number) int64 {
	if n < 0 || n > object.MaxExact {
		return 0
	}
	return int64(math.Trunc(float64(n)))
}
