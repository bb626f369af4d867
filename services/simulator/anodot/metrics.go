package anodot

import (
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// What metrics 2.0 allow.
const (
	mostSamples     = 10_000
	mostProperties  = 20
	mostTags        = 40
	longestKey      = 50
	longestValue    = 150
	latestInFuture  = time.Hour
	metricsProtocol = "anodot20"
	// keptSamples is how many samples are remembered, the newest.
	keptSamples = 10_000
)

// Sample is one entry of a POST of metrics.
type Sample struct {
	Properties map[string]string   `json:"properties"`
	Tags       map[string][]string `json:"tags"`
	Timestamp  json.RawMessage     `json:"timestamp"`
	Value      json.RawMessage     `json:"value"`
}

// Samples returns the samples that the account took, oldest first.
func (v *Vendor) Samples() []Sample {
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.Clone(v.samples)
}

// takeMetrics takes what is sound of the body and says what is not.
func (v *Vendor) takeMetrics(w http.ResponseWriter, r *http.Request) {
	if !v.charge(r) {
		v.LimitRate(w, 0)
		return
	}
	query := r.URL.Query()
	if subtle.ConstantTimeCompare([]byte(query.Get("token")), []byte(v.options.DataCollectionKey)) != 1 {
		v.Refuse(w, r)
		return
	}
	if query.Get("protocol") != metricsProtocol {
		writeErrors(w, http.StatusBadRequest, 2029, "Invalid protocol - supported protocols are: "+metricsProtocol+".")
		return
	}
	var sent []Sample
	if !readBody(w, r, &sent) {
		return
	}
	if len(sent) > mostSamples {
		writeErrors(w, http.StatusBadRequest, codeGeneral, fmt.Sprintf("more than %d metrics", mostSamples))
		return
	}
	answer := errorsAnswer{Errors: []errorEntry{}}
	for i, sample := range sent {
		if code, text := faultOf(sample, v.now()); code != 0 {
			answer.Errors = append(answer.Errors, errorEntry{Index: &i, Error: code, Description: text})
			continue
		}
		v.keepSample(sample)
	}
	v.effect(effectSendMetrics, "", "", len(answer.Errors) < len(sent))
	writeJSON(w, http.StatusOK, answer)
}

func (v *Vendor) keepSample(s Sample) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.samples) >= keptSamples {
		v.samples = slices.Delete(v.samples, 0, 1)
	}
	v.samples = append(v.samples, s)
}

// faultOf returns the reference's code and words for what is wrong with a
// sample, 0 for nothing.
func faultOf(s Sample, now time.Time) (int, string) {
	switch {
	case len(s.Properties) == 0:
		return 2004, "Metric properties are not defined. Must have at least one property."
	case len(s.Properties) > mostProperties:
		return 2005, fmt.Sprintf("Metric properties limit exceeded. Metric may contain up to: %d properties.", mostProperties)
	case len(s.Tags) > mostTags:
		return 2013, fmt.Sprintf("Metric tags limit exceeded. Metric may contain up to: %d tags.", mostTags)
	}
	for key, value := range s.Properties {
		if code, text := wordFault(2006, "property", "Property", key, value); code != 0 {
			return code, text
		}
	}
	if s.Properties["what"] == "" {
		return 2012, "Property: ''what'' is undefined. ''what'' is a mandatory property that specified what is being measured by this metric."
	}
	if target, ok := s.Properties["target_type"]; ok && target != "gauge" && target != "counter" {
		return 2030, "Invalid target type: ''" + target + "''. valid values are: gauge, counter."
	}
	for key, values := range s.Tags {
		for _, value := range values {
			if code, text := wordFault(2014, "tag", "Tag", key, value); code != 0 {
				return code, text
			}
		}
	}
	if code, text := timeFault(s.Timestamp, now); code != 0 {
		return code, text
	}
	return valueFault(s.Value)
}

// wordFault judges a key and its value; the six codes for properties and those
// for tags stand in the same order, from first on.
func wordFault(first int, kind, title, key, value string) (int, string) {
	const illegal = ". =\t\n"
	switch {
	case key == "":
		return first, "Undefined " + kind + " key. Metric " + kind + " key must contain at least 1 character."
	case len(key) > longestKey:
		return first + 1, fmt.Sprintf("%s: ''%s'' key length exceeded. Maximum key length is %d characters.", title, key, longestKey)
	case value == "":
		return first + 2, "Undefined " + kind + " value. Metric " + kind + " value must contain at least 1 character."
	case len(value) > longestValue:
		return first + 3, fmt.Sprintf("%s: ''%s'' value length exceeded. Maximum value length is %d characters.", title, value, longestValue)
	case strings.ContainsAny(key, illegal):
		return first + 4, title + " key: ''" + key + "'' contains illegal characters. ''.'' character and space characters are not allowed."
	case strings.ContainsAny(value, illegal):
		return first + 5, title + " value: ''" + value + "'' contains illegal characters. ''.'' character and space characters are not allowed."
	default:
		return 0, ""
	}
}

func timeFault(raw json.RawMessage, now time.Time) (int, string) {
	var seconds int64
	switch {
	case len(raw) == 0 || string(raw) == "null":
		return 2020, "Metric timestamp is undefined. Timestamp must be an epoch time in seconds."
	case json.Unmarshal(raw, &seconds) != nil:
		return 2021, "Metric timestamp: ''" + string(raw) + "'' is not a valid epoch time. Timestamp must be an epoch time in seconds."
	case seconds < 0:
		return 2023, "Metric timestamp: ''" + string(raw) + "'' is negative. Timestamp must be an epoch time in seconds."
	case seconds > now.Add(latestInFuture).Unix():
		return 2022, "Metric timestamp: ''" + string(raw) + "'' is in the future. Timestamp must be an epoch time in seconds."
	default:
		return 0, ""
	}
}

func valueFault(raw json.RawMessage) (int, string) {
	var number float64
	switch {
	case len(raw) == 0 || string(raw) == "null":
		return 2024, "Metric value is undefined. The ''value'' must be a valid decimal double precision number."
	case json.Unmarshal(raw, &number) != nil:
		return 2025, "Metric value: ''" + string(raw) + "'' is not a valid decimal number. The ''value'' must be a valid decimal double precision number."
	default:
		return 0, ""
	}
}
