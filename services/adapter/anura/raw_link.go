package anura

import (
	"context"
	"net/url"
	"strings"

	"github.com/signalbox-io/signalbox/pkg/vendorhttp"
	anurav1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anura/v1"
)

// GetRawReportLink returns the link to a finished raw report. Where it leads
// needs no token.
func (s *Server) GetRawReportLink(
	ctx context.Context, req *anurav1.GetRawReportLinkRequest,
) (*anurav1.GetRawReportLinkResponse, error) {
	id := req.GetRawReportId()
	if err := needRawID(id); err != nil {
		return nil, err
	}
	return call(s, req.GetSource(), func(c *client) (*anurav1.GetRawReportLinkResponse, error) {
		link, err := c.rawLink(ctx, id)
		return &anurav1.GetRawReportLinkResponse{Url: link}, err
	})
}

func (c *client) rawLink(ctx context.Context, id string) (link string, err error) {
	var answer fields
	get := read("get_raw_report_link", "/raw/download/"+url.PathEscape(id))
	get.Into = &answer
	get.Check = func(vendorhttp.Answer) *vendorhttp.Error {
		var text string
		answer.take("url", &text)
		var ok bool
		if link, ok = linkOf(text); !ok {
			return vendorhttp.Errorf(vendorhttp.BadAnswer, "answer has no link")
		}
		return nil
	}
	return link, c.ask(ctx, get, rawRef{Raw: url.QueryEscape(id)})
}

// linkOf takes the vendor's link, which is URL-encoded as a whole. One that
// is not is taken as it is: decoding would spoil what it signs.
func linkOf(text string) (string, bool) {
	if !strings.Contains(text, "://") {
		text = decode(text)
	}
	parsed, err := url.Parse(text)
	if err != nil || parsed.Host == "" || parsed.Scheme != "https" && parsed.Scheme != "http" {
		return "", false
	}
	return text, true
}
