package securereporter

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/signalbox-io/signalbox/pkg/vendorhttp"
	securereporterv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/securereporter/v1"
)

// templateOnly is what makes the endpoint answer the report and not its page.
const templateOnly = "template_only"

// GetTemplate returns a report of the template type as HTML.
func (s *Server) GetTemplate(
	ctx context.Context, req *securereporterv1.GetTemplateRequest,
) (*securereporterv1.GetTemplateResponse, error) {
	if err := needReport(req.GetReport(), req.GetParameters(), templateOnly); err != nil {
		return nil, err
	}
	return call(s, req.GetSource(), func(c *client) (*securereporterv1.GetTemplateResponse, error) {
		return c.template(ctx, req.GetReport(), req.GetParameters())
	})
}

func (c *client) template(
	ctx context.Context, report string, parameters map[string]string,
) (*securereporterv1.GetTemplateResponse, error) {
	query := valuesOf(parameters)
	query.Set(templateOnly, flagYes)
	response := &securereporterv1.GetTemplateResponse{}
	err := c.read(ctx, vendorhttp.Request{
		Operation: "get_template", Path: "/template/" + reportPath(report), Query: query,
		Header: http.Header{"Accept": {"text/html"}},
		Check: func(answer vendorhttp.Answer) *vendorhttp.Error {
			response.Html, response.ContentType = answer.Body, answer.Header.Get("Content-Type")
			return templateFailure(answer)
		},
	})
	return response, err
}

// templateFailure reports an answer that is no HTML: nothing, or JSON, which is
// how failures are told. A page that asks to sign in is HTML too.
func templateFailure(answer vendorhttp.Answer) *vendorhttp.Error {
	if failure := failureIn(answer); failure != nil {
		return failure
	}
	switch text := strings.TrimSpace(answer.Body); {
	case text == "":
		return vendorhttp.Errorf(vendorhttp.BadAnswer, "answer is empty where HTML is expected")
	case json.Valid([]byte(text)):
		return vendorhttp.Errorf(vendorhttp.BadAnswer, "answer is JSON where HTML is expected")
	default:
		return nil
	}
}
