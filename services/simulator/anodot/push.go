package anodot

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

const (
	// pushTime is how long a webhook may take to answer.
	pushTime = 10 * time.Second
	// maxPushAnswer bounds what is read of an answer.
	maxPushAnswer = 4 << 10
)

// Webhook is a channel that tells of firings by pushing them.
type Webhook struct {
	// Name of the channel.
	Name string `json:"name"`
	// URL that is posted to.
	URL string `json:"url"`
	// Extended chooses the extended template, else it is the standard one.
	Extended bool `json:"extended"`
}

// Pushed is what a webhook answered.
type Pushed struct {
	// Channel is the webhook's name.
	Channel string `json:"channel"`
	// Status of the answer.
	Status int `json:"status"`
	// Body is the beginning of the answer.
	Body string `json:"body"`
}

// AddWebhook puts a webhook channel into the account.
func (v *Vendor) AddWebhook(hook Webhook) Object {
	channel := Object{"id": newID(), "name": hook.Name, "type": "webhook"}
	v.putInto(&v.channels, channel)
	v.mu.Lock()
	defer v.mu.Unlock()
	v.webhooks = append(v.webhooks, hook)
	return channel
}

// createWebhook makes a webhook channel of the standard template.
func (v *Vendor) createWebhook(w http.ResponseWriter, r *http.Request) {
	var wanted struct {
		Name        string `json:"name"`
		ChannelData Object `json:"channelData"`
	}
	if !readBody(w, r, &wanted) {
		return
	}
	target, err := url.Parse(wanted.ChannelData.text("url"))
	if err != nil || target.Host == "" || wanted.Name == "" {
		writeErrors(w, http.StatusBadRequest, codeGeneral, "name and url are mandatory")
		return
	}
	channel := v.AddWebhook(Webhook{Name: wanted.Name, URL: target.String()})
	v.effect(effectCreateWebhook, channel.text("id"), wanted.Name, true)
	writeJSON(w, http.StatusOK, Object{
		"id": channel["id"], "name": wanted.Name, "tags": "{}", "channelData": wanted.ChannelData,
		"state": "ACTIVE", "channelMeta": Object{}, "timezone": "UTC",
	})
}

// Push tells every webhook channel of a firing, as AddTrigger takes one, and
// returns what they answered. It lists the firing nowhere: a firing that is to
// be polled too is added besides. An error is a webhook that did not answer.
func (v *Vendor) Push(ctx context.Context, firing Object) ([]Pushed, error) {
	v.mu.Lock()
	hooks := append([]Webhook{}, v.webhooks...)
	v.mu.Unlock()
	var answers []Pushed
	var faults []error
	for _, hook := range hooks {
		answer, err := v.push(ctx, hook, firing)
		if err != nil {
			faults = append(faults, fmt.Errorf("push to channel %q: %w", hook.Name, err))
			continue
		}
		answers = append(answers, answer)
	}
	return answers, errors.Join(faults...)
}

func (v *Vendor) push(ctx context.Context, hook Webhook, firing Object) (Pushed, error) {
	ctx, cancel := context.WithTimeout(ctx, pushTime)
	defer cancel()
	body, err := json.Marshal(payload(firing, hook.Extended))
	if err != nil {
		return Pushed{}, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, hook.URL, bytes.NewReader(body))
	if err != nil {
		return Pushed{}, errors.New("its URL is none")
	}
	request.Header.Set("Content-Type", "application/json")
	transport := &http.Transport{DialContext: v.options.Dial, DisableKeepAlives: true}
	answer, err := transport.RoundTrip(request) // unlike a client's, its errors do not show the URL
	if err != nil {
		return Pushed{}, err
	}
	said, err := io.ReadAll(io.LimitReader(answer.Body, maxPushAnswer))
	return Pushed{Channel: hook.Name, Status: answer.StatusCode, Body: string(said)}, errors.Join(err, answer.Body.Close())
}
