package securereporter

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strconv"

	"github.com/signalbox-io/signalbox/pkg/vendorhttp"
	securereporterv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/securereporter/v1"
	"github.com/signalbox-io/signalbox/services/adapter"
)

// ListChoices returns the values that a field of a report can take. One that
// has no value is rejected.
func (s *Server) ListChoices(
	ctx context.Context, req *securereporterv1.ListChoicesRequest,
) (*securereporterv1.ListChoicesResponse, error) {
	if err := needNumber("report_field_id", req.GetReportFieldId()); err != nil {
		return nil, err
	}
	return call(s, req.GetSource(), func(c *client) (*securereporterv1.ListChoicesResponse, error) {
		return c.choices(ctx, req.GetReportFieldId())
	})
}

func (c *client) choices(ctx context.Context, fieldID int64) (*securereporterv1.ListChoicesResponse, error) {
	var response *securereporterv1.ListChoicesResponse
	err := c.read(ctx, vendorhttp.Request{
		Operation: "list_choices", Path: "/api/choices/" + strconv.FormatInt(fieldID, 10) + "/",
		Check: func(answer vendorhttp.Answer) (failure *vendorhttp.Error) {
			response, failure = choicesOf(answer)
			return failure
		},
	})
	return response, err
}

// choicesOf reads an answer of any of the assumed shapes.
func choicesOf(answer vendorhttp.Answer) (*securereporterv1.ListChoicesResponse, *vendorhttp.Error) {
	if failure := failureIn(answer); failure != nil {
		return nil, failure
	}
	var whole json.RawMessage
	if failure := vendorhttp.DecodeJSON(answer.Body, &whole); failure != nil {
		return nil, failure
	}
	records, ok := choiceRecords(whole)
	if !ok {
		return nil, vendorhttp.Errorf(vendorhttp.BadAnswer, "answer has no list of choices")
	}
	choices, rejected := adapter.ReadEach(records, choiceOf)
	return &securereporterv1.ListChoicesResponse{
		Choices: choices, Rejected: rejectedOf(rejected), Raw: adapter.Raw(answer.Body),
	}, nil
}

func choiceRecords(whole json.RawMessage) ([]json.RawMessage, bool) {
	var list []json.RawMessage
	if json.Unmarshal(whole, &list) == nil {
		return list, list != nil
	}
	var given parts
	if json.Unmarshal(whole, &given) != nil {
		return nil, false
	}
	part, ok := choicesIn(given)
	if !ok {
		return nil, false
	}
	if json.Unmarshal(part, &list) == nil {
		return list, true
	}
	var byValue parts
	if json.Unmarshal(part, &byValue) != nil {
		return nil, false
	}
	return pairsOf(byValue), true
}

// pairsOf returns an object's entries as lists of two, by name.
func pairsOf(o parts) []json.RawMessage {
	pairs := make([]json.RawMessage, 0, len(o))
	for _, name := range slices.Sorted(maps.Keys(o)) {
		if pair, err := json.Marshal([]any{name, o[name]}); err == nil {
			pairs = append(pairs, pair)
		}
	}
	return pairs
}

// choiceOf reads one choice: a value, a list of value and label, or an object.
func choiceOf(record json.RawMessage) (*securereporterv1.Choice, error) {
	value, label := record, json.RawMessage(nil)
	var list []json.RawMessage
	var given parts
	switch {
	case json.Unmarshal(record, &list) == nil && len(list) > 0 && len(list) <= 2:
		value, label = list[0], list[len(list)-1]
	case json.Unmarshal(record, &given) == nil && given != nil:
		value, _ = valueIn(given)
		label, _ = labelIn(given)
	}
	choice := &securereporterv1.Choice{Raw: adapter.Raw(string(record))}
	var ok bool
	if choice.Value, ok = scalar(value); !ok {
		return nil, errors.New("choice has no value")
	}
	if choice.Label, ok = scalar(label); !ok {
		choice.Label = choice.GetValue()
	}
	return choice, nil
}

// scalar returns a JSON text's text, and a number, true or false as they are
// written.
func scalar(value json.RawMessage) (string, bool) {
	if len(value) == 0 {
		return "", false
	}
	switch value[0] {
	case '"':
		var text string
		err := json.Unmarshal(value, &text)
		return text, err == nil
	case '{', '[', 'n':
		return "", false
	default:
		return string(value), true
	}
}
