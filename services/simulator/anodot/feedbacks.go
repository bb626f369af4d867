package anodot

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"
)

// errJSON is worded as the reference's list of error codes is.
var errJSON = errors.New("Json parsing error") //nolint:staticcheck // the vendor's words

// feedbackLookBack is the documented default of a window's start.
const feedbackLookBack = 24 * time.Hour

// AddFeedback puts a verdict into the account. Without a creation time it is
// given at this moment.
func (v *Vendor) AddFeedback(f Feedback) {
	if f.CreatedTime == 0 {
		f.CreatedTime = v.now().Unix()
	}
	f.Alerts = notNil(f.Alerts)
	v.mu.Lock()
	defer v.mu.Unlock()
	v.feedbacks = append(v.feedbacks, f)
}

// window is a span of epoch seconds, both ends included.
type window struct {
	StartTime *int64 `json:"startTime"`
	EndTime   *int64 `json:"endTime"`
}

func (v *Vendor) getFeedbacks(w http.ResponseWriter, r *http.Request) {
	asked, err := readWindow(r)
	if err != nil {
		writeErrors(w, http.StatusBadRequest, codeJSON, err.Error())
		return
	}
	start, end := v.now().Add(-feedbackLookBack).Unix(), v.now().Unix()
	if asked.StartTime != nil {
		start = *asked.StartTime
	}
	if asked.EndTime != nil {
		end = *asked.EndTime
	}
	found := v.feedbacksBetween(start, end)
	writeJSON(w, http.StatusOK, feedbacksAnswer{Total: len(found), Feedbacks: found})
}

func (v *Vendor) feedbacksBetween(start, end int64) []Feedback {
	v.mu.Lock()
	defer v.mu.Unlock()
	found := []Feedback{}
	for _, f := range v.feedbacks {
		if f.CreatedTime >= start && f.CreatedTime <= end {
			found = append(found, f)
		}
	}
	slices.SortStableFunc(found, func(a, b Feedback) int { return cmp.Compare(a.CreatedTime, b.CreatedTime) })
	return found
}

// readWindow reads the window from the body, as the API reference sends it, or
// from the query under the names of its table and of its newer example.
func readWindow(r *http.Request) (window, error) {
	var asked window
	err := json.NewDecoder(r.Body).Decode(&asked)
	if err == nil {
		return asked, nil
	}
	if !errors.Is(err, io.EOF) {
		return window{}, errJSON
	}
	query := r.URL.Query()
	asked.StartTime, err = querySeconds(query, "startTime", "startDate")
	if err != nil {
		return window{}, err
	}
	asked.EndTime, err = querySeconds(query, "endTime", "endDate")
	return asked, err
}

func querySeconds(query url.Values, names ...string) (*int64, error) {
	for _, name := range names {
		text := query.Get(name)
		if text == "" {
			continue
		}
		seconds, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("%s must be an epoch time in seconds", name)
		}
		return &seconds, nil
	}
	return nil, nil
}
