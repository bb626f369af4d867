package securereporter

import (
	"context"
	"encoding/json"
	"strconv"

	"github.com/signalbox-io/signalbox/pkg/vendorhttp"
	securereporterv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/securereporter/v1"
	"github.com/signalbox-io/signalbox/services/adapter"
	"github.com/signalbox-io/signalbox/services/adapter/object"
)

// GetReportDefinition returns what a report is made of. A field that is no
// object is rejected.
func (s *Server) GetReportDefinition(
	ctx context.Context, req *securereporterv1.GetReportDefinitionRequest,
) (*securereporterv1.GetReportDefinitionResponse, error) {
	if err := needNumber("report_id", req.GetReportId()); err != nil {
		return nil, err
	}
	return call(s, req.GetSource(), func(c *client) (*securereporterv1.GetReportDefinitionResponse, error) {
		return c.definition(ctx, req.GetReportId())
	})
}

// definition asks at the one path that has no slash at its end.
func (c *client) definition(ctx context.Context, reportID int64) (*securereporterv1.GetReportDefinitionResponse, error) {
	var response *securereporterv1.GetReportDefinitionResponse
	err := c.read(ctx, vendorhttp.Request{
		Operation: "get_report_definition", Path: "/report/get/" + strconv.FormatInt(reportID, 10),
		Check: func(answer vendorhttp.Answer) (failure *vendorhttp.Error) {
			response, failure = definitionOf(answer)
			return failure
		},
	})
	return response, err
}

// codec reads the vendor's objects, which are never written back.
func codec() object.Codec { return object.Codec{SnakeCase: true} }

// definitionOf reads an answer of any of the assumed shapes.
func definitionOf(answer vendorhttp.Answer) (*securereporterv1.GetReportDefinitionResponse, *vendorhttp.Error) {
	if failure := failureIn(answer); failure != nil {
		return nil, failure
	}
	var given parts
	if failure := vendorhttp.DecodeJSON(answer.Body, &given); failure != nil {
		return nil, failure
	}
	list := takeList(given)
	if list == nil {
		return nil, vendorhttp.Errorf(vendorhttp.BadAnswer, "answer has no list of the report's fields")
	}
	fields, rejected := adapter.ReadEach(list, fieldOf)
	if len(fields) == 0 && len(rejected) > 0 {
		return nil, vendorhttp.Errorf(vendorhttp.BadAnswer, "no field of the report can be read: %s", rejected[0].Reason)
	}
	definition, err := headOf(given)
	if err != nil {
		return nil, vendorhttp.Errorf(vendorhttp.BadAnswer, "definition of the report: %v", err)
	}
	definition.Fields, definition.Raw = fields, adapter.Raw(answer.Body)
	return &securereporterv1.GetReportDefinitionResponse{Definition: definition, Rejected: rejectedOf(rejected)}, nil
}

// takeList takes the list of fields out of a definition, nil for none.
func takeList(given parts) []json.RawMessage {
	for _, name := range fieldLists() {
		var list []json.RawMessage
		if json.Unmarshal(given[name], &list) == nil && list != nil {
			delete(given, name)
			return list
		}
	}
	return nil
}

// headOf reads what a definition has beside its fields.
func headOf(given parts) (*securereporterv1.ReportDefinition, error) {
	head, err := json.Marshal(given)
	if err != nil {
		return nil, err
	}
	definition := &securereporterv1.ReportDefinition{}
	return definition, codec().Read(head, definition)
}

// fieldOf reads one field, of which nothing is indispensable. What has no place
// of its own, or another shape, is kept.
func fieldOf(record json.RawMessage) (*securereporterv1.ReportField, error) {
	field := &securereporterv1.ReportField{}
	if err := codec().Read(record, field); err != nil {
		return nil, err
	}
	return field, nil
}
