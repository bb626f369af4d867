package anodot

import (
	"context"
	"encoding/json"
	"maps"
	"math"
	"net/http"
	"net/url"
	"strings"

	"github.com/signalbox-io/signalbox/pkg/rpc"
	"github.com/signalbox-io/signalbox/pkg/vendorhttp"
	anodotv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anodot/v1"
)

const (
	metricsPath = "/api/v1/metrics"
	// metricsProtocol is the protocol of metrics 2.0.
	metricsProtocol = "anodot20"
	// mostSamples is how many the vendor takes at a time.
	mostSamples = 10_000
	// targetTypeProperty says how samples are put together.
	targetTypeProperty = "target_type"
)

// SendMetrics sends samples, once, and says of each that the vendor did not
// take why. Whether a sample of unknown outcome was taken cannot be read back.
func (s *Server) SendMetrics(
	ctx context.Context, req *anodotv1.SendMetricsRequest,
) (*anodotv1.SendMetricsResponse, error) {
	body, err := samplesBody(req.GetSamples())
	if err != nil {
		return nil, err
	}
	return call(s, req.GetSource(), func(c *client) (*anodotv1.SendMetricsResponse, error) {
		if c.metrics == nil {
			return nil, notConfigured(req.GetSource(), "data_collection_key", "no metrics can be sent without the key")
		}
		return c.sendMetrics(ctx, body, len(req.GetSamples()))
	})
}

// sendMetrics authenticates by the key in the query, as the document shows.
func (c *client) sendMetrics(ctx context.Context, body []byte, samples int) (*anodotv1.SendMetricsResponse, error) {
	response := &anodotv1.SendMetricsResponse{}
	post := effect("send_metrics", http.MethodPost, metricsPath, budgetMetrics)
	post.ContentType, post.Body = contentType, body
	post.Query = url.Values{
		"token": {c.settings.DataCollectionKey.Reveal()}, "protocol": {metricsProtocol},
	}
	post.Check = func(answer vendorhttp.Answer) *vendorhttp.Error {
		text := strings.TrimSpace(answer.Body)
		var shape map[string]json.RawMessage
		if text != "" {
			if failure := vendorhttp.DecodeJSON(text, &shape); failure != nil {
				return failure
			}
			if shape == nil {
				return vendorhttp.Errorf(vendorhttp.BadAnswer, "answer is no object")
			}
		}
		response.Errors = sampleErrors(readErrors(text))
		response.Accepted = int32(samples - refused(response.GetErrors(), samples))
		return nil
	}
	_, err := c.metrics.Do(ctx, post)
	return response, err
}

func sampleErrors(found apiErrors) []*anodotv1.SampleError {
	var list []*anodotv1.SampleError
	for _, e := range found {
		entry := &anodotv1.SampleError{
			Code: e.code, Description: e.text,
			Retryable: apiErrors{e}.has(codeCallsExceeded, codeConcurrent, codeMetricsPerSecs),
		}
		if e.index >= 0 && e.index <= math.MaxInt32 {
			index := int32(e.index)
			entry.Index = &index
		}
		list = append(list, entry)
	}
	return list
}

// refused counts the samples that errors name. One that names none of them may
// mean any: none is then known to be taken.
func refused(errs []*anodotv1.SampleError, samples int) int {
	named := map[int32]struct{}{}
	for _, e := range errs {
		if e.Index == nil || int(e.GetIndex()) >= samples {
			return samples
		}
		named[e.GetIndex()] = struct{}{}
	}
	return len(named)
}

// wireSample is one entry of the body.
type wireSample struct {
	Properties map[string]string   `json:"properties"`
	Tags       map[string][]string `json:"tags,omitempty"`
	Timestamp  int64               `json:"timestamp"`
	Value      float64             `json:"value"`
}

// samplesBody refuses what cannot be written. What the vendor refuses (names,
// lengths, times) it says entry by entry.
func samplesBody(samples []*anodotv1.Sample) ([]byte, error) {
	if len(samples) == 0 || len(samples) > mostSamples {
		return nil, rpc.FieldViolation("samples", "holds %d samples; send 1 to %d", len(samples), mostSamples)
	}
	entries := make([]wireSample, 0, len(samples))
	for i, sample := range samples {
		if math.IsNaN(sample.GetValue()) || math.IsInf(sample.GetValue(), 0) {
			return nil, rpc.FieldViolation("samples", "samples[%d].value is no finite number", i)
		}
		if sample.GetTimestamp() == nil {
			return nil, rpc.FieldViolation("samples", "samples[%d].timestamp is missing", i)
		}
		entries = append(entries, wireSampleOf(sample))
	}
	return jsonOf("samples", entries)
}

func wireSampleOf(sample *anodotv1.Sample) wireSample {
	entry := wireSample{
		Properties: map[string]string{}, Timestamp: sample.GetTimestamp().GetSeconds(), Value: sample.GetValue(),
	}
	maps.Copy(entry.Properties, sample.GetProperties())
	if target := word(sample.GetTargetType()); target != "" {
		entry.Properties[targetTypeProperty] = target
	}
	for name, values := range sample.GetTags() {
		if entry.Tags == nil {
			entry.Tags = map[string][]string{}
		}
		entry.Tags[name] = values.GetValues()
	}
	return entry
}
