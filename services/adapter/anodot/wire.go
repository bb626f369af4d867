package anodot

import (
	"encoding/json"

	"github.com/signalbox-io/signalbox/pkg/vendorhttp"
)

// tokenRequest is the body of POST /api/v2/access-token.
type tokenRequest struct {
	RefreshToken string `json:"refreshToken"`
}

type tokenAnswer struct {
	Token string `json:"token"`
}

// feedbackWindow is the body of GET /api/v2/feedbacks, in epoch seconds.
type feedbackWindow struct {
	Start int64 `json:"startTime"`
	End   int64 `json:"endTime"`
}

// postedFeedback is the body of POST /api/v2/feedbacks.
type postedFeedback struct {
	UserID     string   `json:"userId"`
	UserName   string   `json:"userName"`
	TriggerIDs []string `json:"triggerIds"`
	Type       string   `json:"type"`
	Origin     string   `json:"origin"`
}

type feedbackList struct {
	Feedbacks []json.RawMessage `json:"feedbacks"`
}

type wireFeedback struct {
	ID          vendorhttp.ID     `json:"id"`
	Type        string            `json:"type"`
	Comment     string            `json:"comment"`
	CreatedTime epoch             `json:"createdTime"`
	UserName    string            `json:"userName"`
	AnomalyID   string            `json:"anomalyId"`
	Alerts      []json.RawMessage `json:"alerts"`
}

type wireFeedbackAlert struct {
	ID        string `json:"Id"`
	AlertName string `json:"alertName"`
	StartTime epoch  `json:"startTime"`
	EndTime   epoch  `json:"endTime"`
	Status    string `json:"status"`
	Owner     string `json:"alertOwner"`
}

// wireAlert keeps all but the id raw, so that a field in another shape than
// documented costs that field only.
type wireAlert struct {
	ID            vendorhttp.ID   `json:"id"`
	Configuration json.RawMessage `json:"configuration"`
	State         json.RawMessage `json:"state"`
}

type wireConfiguration struct {
	Title    json.RawMessage   `json:"title"`
	Owner    json.RawMessage   `json:"owner"`
	Severity json.RawMessage   `json:"severity"`
	Type     json.RawMessage   `json:"type"`
	Labels   []json.RawMessage `json:"labels"`
}

type wireState struct {
	State      json.RawMessage `json:"state"`
	PausedTime json.RawMessage `json:"pausedTime"`
	PausedBy   json.RawMessage `json:"pausedBy"`
}

// errorShape is the union of the shapes of errors.
type errorShape struct {
	Errors  []json.RawMessage `json:"errors"`
	Error   json.RawMessage   `json:"error"`
	Name    string            `json:"name"`
	Message string            `json:"message"`
	Code    vendorhttp.ID     `json:"andtErrorCode"`
}

type errorObject struct {
	Index       json.RawMessage `json:"index"`
	Error       vendorhttp.ID   `json:"error"`
	Description string          `json:"description"`
}
