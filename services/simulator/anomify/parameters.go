package anomify

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// parameters reads a call's parameters from its query and from its body, which
// is a form or JSON with a "data" object. The body stays readable. What cannot
// be read is no parameter.
func parameters(r *http.Request) url.Values {
	found := r.URL.Query()
	body, err := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	if err != nil || len(body) == 0 {
		return found
	}
	mediaType, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if mediaType == "application/json" {
		mergeJSON(found, body)
		return found
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return found
	}
	maps.Copy(found, form)
	return found
}

func mergeJSON(into url.Values, body []byte) {
	var request struct {
		Data map[string]any `json:"data"`
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	if decoder.Decode(&request) != nil {
		return
	}
	for name, value := range request.Data {
		if text, ok := scalarText(value); ok {
			into.Set(name, text)
		}
	}
}

func scalarText(value any) (string, bool) {
	switch value := value.(type) {
	case string:
		return value, true
	case json.Number:
		return value.String(), true
	case bool:
		return strconv.FormatBool(value), true
	case []any:
		parts := make([]string, 0, len(value))
		for _, element := range value {
			if part, ok := scalarText(element); ok {
				parts = append(parts, part)
			}
		}
		return strings.Join(parts, ","), true
	default:
		return "", false
	}
}

// timestamp reads a time in unix seconds; a missing one is the fallback.
func timestamp(parameters url.Values, name string, fallback int64) (seconds int64, ok bool) {
	text := parameters.Get(name)
	if text == "" {
		return fallback, true
	}
	seconds, err := strconv.ParseInt(text, 10, 64)
	return seconds, err == nil
}
