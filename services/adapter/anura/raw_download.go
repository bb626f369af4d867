package anura

import (
	"bytes"
	"cmp"
	"context"
	"mime"

	"google.golang.org/grpc"

	"github.com/signalbox-io/signalbox/pkg/rpc"
	"github.com/signalbox-io/signalbox/pkg/vendorhttp"
	anurav1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anura/v1"
)

// maxRawBytes is the longest file of a raw report that is sent.
const maxRawBytes = 1 << 30

// DownloadRawReport asks for a fresh link and sends what is there, part by part.
func (s *Server) DownloadRawReport(
	req *anurav1.DownloadRawReportRequest, stream grpc.ServerStreamingServer[anurav1.DownloadRawReportResponse],
) error {
	if err := needRawID(req.GetRawReportId()); err != nil {
		return err
	}
	if most := req.GetMaxBytes(); most < 0 || most > maxRawBytes {
		return rpc.FieldViolation("max_bytes", "is not between 0 and %d", maxRawBytes)
	}
	_, err := call(s, req.GetSource(), func(c *client) (*client, error) {
		return c, c.download(stream.Context(), req, stream.Send)
	})
	return err
}

func (c *client) download(
	ctx context.Context, req *anurav1.DownloadRawReportRequest, send func(*anurav1.DownloadRawReportResponse) error,
) error {
	link, err := c.rawLink(ctx, req.GetRawReportId())
	if err != nil {
		return err
	}
	file := vendorhttp.File{Operation: "download_raw_report", Link: link, MaxBytes: cmp.Or(req.GetMaxBytes(), maxRawBytes)}
	isFirst := true
	return c.http.Fetch(ctx, file, func(p vendorhttp.Part) error {
		part := &anurav1.DownloadRawReportResponse{Content: p.Content}
		if isFirst {
			if !isArchive(p.Content) {
				return vendorhttp.Errorf(vendorhttp.BadAnswer, "the file is no ZIP archive")
			}
			part.ContentType, part.Size = mediaTypeOf(p.ContentType), max(p.Size, 0)
			isFirst = false
		}
		return send(part)
	})
}

// isArchive reports whether a file begins as a ZIP archive does, one with
// nothing in it included.
func isArchive(head []byte) bool {
	return bytes.HasPrefix(head, []byte("PK\x03\x04")) || bytes.HasPrefix(head, []byte("PK\x05\x06"))
}

// mediaTypeOf returns the media type of a header without its parameters, that of
// any bytes for what is none.
func mediaTypeOf(header string) string {
	mediaType, _, err := mime.ParseMediaType(header)
	if err != nil {
		return "application/octet-stream"
	}
	return mediaType
}
