package anura

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// dayLayout is how requests and charts write a day.
const dayLayout = "20060102"

// parameters are the scalars of a request's body as text, decoded.
type parameters map[string]string

// readParameters reads JSON or a form. Callers URL-encode the strings in JSON,
// those of a form are encoded by the form itself.
func readParameters(r *http.Request) (parameters, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, errors.New("the request has no readable body")
	}
	mediaType, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if mediaType == "application/x-www-form-urlencoded" {
		return formParameters(body)
	}
	var fields map[string]any
	if err := json.Unmarshal(body, &fields); err != nil {
		return nil, errors.New("the request's body is neither JSON nor a form")
	}
	return jsonParameters(fields)
}

func formParameters(body []byte) (parameters, error) {
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, errors.New("the request's form is malformed")
	}
	asked := parameters{}
	for name := range form {
		asked[name] = form.Get(name)
	}
	return asked, nil
}

func jsonParameters(fields map[string]any) (parameters, error) {
	asked := parameters{}
	for name, value := range fields {
		switch value := value.(type) {
		case string:
			decoded, err := url.QueryUnescape(value)
			if err != nil {
				return nil, fmt.Errorf("%s is not URL-encoded", name)
			}
			asked[name] = decoded
		case float64:
			asked[name] = strconv.FormatFloat(value, 'f', -1, 64)
		case bool:
			asked[name] = map[bool]string{true: "1", false: "0"}[value]
		}
	}
	return asked, nil
}

func (p parameters) text(name string) string { return p[name] }

// flag reads 1 or 0; anything else is the fallback.
func (p parameters) flag(name string, fallback bool) bool {
	switch p[name] {
	case "1":
		return true
	case "0":
		return false
	default:
		return fallback
	}
}

// number reads a whole number within [low, high]; a missing one is the fallback.
func (p parameters) number(name string, fallback, low, high int) (int, error) {
	text, ok := p[name]
	if !ok || text == "" {
		return fallback, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < low || n > high {
		return 0, fmt.Errorf("%s must be a whole number from %d to %d", name, low, high)
	}
	return n, nil
}

// span is a range of days, both included, as YYYYMMDD.
type span struct{ start, end string }

// window reads start and end and holds them to the rolling window.
func (p parameters) window(now time.Time, rolling int) (span, error) {
	asked := span{start: p["start"], end: p["end"]}
	for _, day := range []string{asked.start, asked.end} {
		if _, err := time.Parse(dayLayout, day); err != nil {
			return span{}, errors.New("start and end must be dates as YYYYMMDD")
		}
	}
	today := now.UTC()
	oldest := today.AddDate(0, 0, -rolling).Format(dayLayout)
	if asked.start < oldest || asked.end < asked.start || asked.end > today.Format(dayLayout) {
		return span{}, fmt.Errorf("start and end must lie within the last %d days", rolling)
	}
	return asked, nil
}

func (s span) holds(day string) bool { return s.start <= day && day <= s.end }
