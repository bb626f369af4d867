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
	"strings"
	"time"
)

// dayLayout is how requests and charts write a day.
const dayLayout = "20060102"

// parameters are the scalars of a request's body as text, decoded. Those
// within lists and objects have names as PHP's forms give them.
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

// formParameters flattens a form. PHP's list[]=a is read as list[0]=a.
func formParameters(body []byte) (parameters, error) {
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, errors.New("the request's form is malformed")
	}
	asked := parameters{}
	for name, values := range form {
		list, isList := strings.CutSuffix(name, "[]")
		if !isList {
			asked[name] = form.Get(name)
			continue
		}
		for i, value := range values {
			asked[element(list, i)] = value
		}
	}
	return asked, nil
}

func jsonParameters(fields map[string]any) (parameters, error) {
	asked := parameters{}
	for name, value := range fields {
		if err := asked.flatten(name, value); err != nil {
			return nil, err
		}
	}
	return asked, nil
}

// flatten names what is within a value as forms do: list[0], list[0][key].
func (p parameters) flatten(name string, value any) error {
	switch value := value.(type) {
	case string:
		decoded, err := url.QueryUnescape(value)
		if err != nil {
			return fmt.Errorf("%s is not URL-encoded", name)
		}
		p[name] = decoded
	case float64:
		p[name] = strconv.FormatFloat(value, 'f', -1, 64)
	case bool:
		p[name] = map[bool]string{true: "1", false: "0"}[value]
	case []any:
		for i, item := range value {
			if err := p.flatten(element(name, i), item); err != nil {
				return err
			}
		}
	case map[string]any:
		for key, item := range value {
			if err := p.flatten(name+"["+key+"]", item); err != nil {
				return err
			}
		}
	}
	return nil
}

func element(list string, i int) string { return list + "[" + strconv.Itoa(i) + "]" }

// list returns the elements of a list, in order.
func (p parameters) list(name string) []string {
	list := []string{}
	for {
		value, ok := p[element(name, len(list))]
		if !ok {
			return list
		}
		list = append(list, value)
	}
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
