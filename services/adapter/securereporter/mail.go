package securereporter

import (
	"context"
	"net/http"

	"github.com/signalbox-io/signalbox/pkg/vendorhttp"
	securereporterv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/securereporter/v1"
)

// MailReport runs a report and sends it by e-mail, once: nothing can be read
// back of a mail, so one of unknown outcome is left to a person.
func (s *Server) MailReport(
	ctx context.Context, req *securereporterv1.MailReportRequest,
) (*securereporterv1.MailReportResponse, error) {
	if err := needReport(req.GetReport(), req.GetParameters()); err != nil {
		return nil, err
	}
	return call(s, req.GetSource(), func(c *client) (*securereporterv1.MailReportResponse, error) {
		return c.mailReport(ctx, req.GetReport(), req.GetParameters())
	})
}

// mailReport sends the parameters as a form. Of the answer only a failure is
// known; any other 2xx is a success.
func (c *client) mailReport(
	ctx context.Context, report string, parameters map[string]string,
) (*securereporterv1.MailReportResponse, error) {
	response := &securereporterv1.MailReportResponse{}
	err := c.do(ctx, vendorhttp.Request{
		Operation: "mail_report", Method: http.MethodPost, Path: "/report/mail/" + reportPath(report),
		ContentType: "application/x-www-form-urlencoded", Body: []byte(valuesOf(parameters).Encode()),
		Budgets: []string{budgetMail}, Effect: true, Urgent: true, IgnoreBody: true,
		Check: func(answer vendorhttp.Answer) *vendorhttp.Error {
			response.Message = messageOf(answer)
			return failureIn(answer)
		},
	})
	return response, err
}
