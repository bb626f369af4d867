package securereporter

import (
	"encoding/json"

	"github.com/signalbox-io/signalbox/pkg/vendorhttp"
)

// wireReport is the answer of /api/call/<report>/.
type wireReport struct {
	Message string            `json:"message"`
	OK      *bool             `json:"ok"`
	Records []json.RawMessage `json:"records"`
}

// failure reports a 2xx answer that says otherwise, or that is no result of a
// report.
func (w *wireReport) failure(answer vendorhttp.Answer) *vendorhttp.Error {
	switch {
	case w.OK == nil:
		return vendorhttp.Errorf(vendorhttp.BadAnswer, `answer does not say whether it is "ok"`)
	case !*w.OK:
		return reportFailed(answer, w.Message)
	case w.Records == nil:
		return vendorhttp.Errorf(vendorhttp.BadAnswer, "answer has no list of records")
	default:
		return nil
	}
}
