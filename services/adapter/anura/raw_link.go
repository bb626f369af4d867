package anura

import (
	"context"
	"net/url"
	"strings"

	"github.com/signalbox-io/signalbox/pkg/vendorhttp"
	anurav1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anura/v1"
)

// GetRawReportLink returns the link to a finished raw report. The archive
// itself is not fetched: it is at whatever host the link names, may be of any
// size, and needs no token.
func (s *Server) GetRawReportLink(
	ctx context.Context, req *anurav1.GetRawReportLinkRequest,
) (*anurav1.GetRawReportLinkResponse, error) {
	id := req.GetRawReportId()
	if err := needRawID(id); err != nil {
		return nil, err
	}
	return call(s, req.GetSource(), func(c *client) (*anurav1.GetRawReportLinkResponse, error) {
		var answer fields
		got := &anurav1.GetRawReportLinkResponse{}
		get := read("get_raw_report_link", "/raw/download/"+url.PathEscape(id))
		get.Into = &answer
		get.Check = func(vendorhttp.Answer) *vendorhttp.Error {
			var link string
			if answer.take("url", &link); !readLink(link, got) {
				return vendorhttp.Errorf(vendorhttp.BadAnswer, "answer has no link")
			}
			return nil
		}
		return got, c.ask(ctx, get, rawRef{Raw: url.QueryEscape(id)})
	})
}

// readLink takes the vendor's link, which is URL-encoded as a whole. One that
// is not is taken as it is: decoding would spoil what it signs.
func readLink(link string, into *anurav1.GetRawReportLinkResponse) bool {
	if !strings.Contains(link, "://") {
		link = decode(link)
	}
	parsed, err := url.Parse(link)
	if err != nil || parsed.Host == "" || parsed.Scheme != "https" && parsed.Scheme != "http" {
		return false
	}
	into.Url = link
	return true
}
