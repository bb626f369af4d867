package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/signalbox-io/signalbox/pkg/bus"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	"github.com/signalbox-io/signalbox/services/signalbox/process"
	"github.com/signalbox-io/signalbox/services/simulator"
	"github.com/signalbox-io/signalbox/services/simulator/replay"
)

const (
	// pauses is how many alerts are paused, one after the other. Each costs
	// three calls (read, pause, read back); all together they stay below the
	// vendor's limit of 500 a minute, so that no budget is measured.
	pauses = 120
	// pauseEvery lets one action end before the next begins.
	pauseEvery  = 250 * time.Millisecond
	effectsTime = time.Minute
)

// measureLatency measures from the moment before an event is published to the
// moment at which the vendor pauses the alert.
func (b *bench) measureLatency(ctx context.Context) ([]row, error) {
	b.say("latency of %d pauses", pauses)
	floor, err := b.pauseAll(ctx, (*lab).startForwarder)
	if err != nil {
		return nil, fmt.Errorf("measure the floor: %w", err)
	}
	figure, err := b.pauseAll(ctx, (*lab).startRouter)
	if err != nil {
		return nil, err
	}
	rows := make([]row, 0, 2)
	for _, percent := range []float64{50, 99} {
		f, g := percentile(floor, percent), percentile(figure, percent)
		rows = append(rows, row{
			what:  fmt.Sprintf("publish → pause at the vendor, p%.0f", percent),
			floor: millisText(f), figure: millisText(g), ratio: times(g, f),
		})
	}
	return rows, nil
}

// pauseAll publishes the verdicts one by one to what start has started, and
// returns the seconds that each took.
func (b *bench) pauseAll(ctx context.Context, start func(*lab, context.Context) error) (seconds []float64, err error) {
	l, err := b.newLab(ctx, "latency")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, l.close(ctx)) }()
	if err := l.open(ctx); err != nil {
		return nil, err
	}
	if err := l.replayVerdicts(ctx, pauses+1); err != nil {
		return nil, err
	}
	if err := start(l, ctx); err != nil {
		return nil, err
	}
	published, err := l.publishVerdicts(ctx)
	if err != nil {
		return nil, err
	}
	paused, err := l.awaitPauses(ctx)
	if err != nil {
		return nil, err
	}
	for id, at := range published {
		seconds = append(seconds, paused[id].Sub(at).Seconds())
	}
	return seconds, nil
}

func alertName(i int) string { return fmt.Sprintf("bench|alert-%d", i) }

// replayVerdicts makes n alerts known to the simulated vendor. Nobody polls
// the verdicts.
func (l *lab) replayVerdicts(ctx context.Context, n int) error {
	lines := make([]any, n)
	for i := range lines {
		lines[i] = map[string]any{
			"id": strconv.Itoa(i), "alert": alertName(i), "anomaly_id": alertName(i) + "|2026-01-01T00:00:00Z",
			"user": "bench", "verdict": "NOT_INTERESTING", "ts": "2026-01-01T00:00:00Z",
		}
	}
	return l.replay(ctx, replay.Feedback, lines)
}

// startRouter runs router and adapter.
func (l *lab) startRouter(ctx context.Context) error {
	p, err := l.serve("router,adapter-anodot", l.partConfig(), pauseRules)
	if err != nil {
		return err
	}
	return p.AwaitOK(ctx, readyEvery, l.readyz())
}

// publishVerdicts warms up with one event that does not count, and returns
// when each of the others was published, by alert.
func (l *lab) publishVerdicts(ctx context.Context) (map[string]time.Time, error) {
	published := map[string]time.Time{}
	ticker := time.NewTicker(pauseEvery)
	defer ticker.Stop()
	for i := range pauses + 1 {
		id := replay.AlertID(alertName(i))
		now := time.Now()
		if _, err := l.bus.PublishEvents(ctx, []*eventv1.Event{dislike(id, now)}); err != nil {
			return nil, err
		}
		if i > 0 {
			published[id] = now
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return published, nil
}

// awaitPauses returns when the vendor paused each alert.
func (l *lab) awaitPauses(ctx context.Context) (map[string]time.Time, error) {
	ctx, cancel := context.WithTimeout(ctx, effectsTime)
	defer cancel()
	paused := map[string]time.Time{}
	err := process.Until(ctx, time.Second, "the pauses", func(ctx context.Context) (bool, string, error) {
		_, body, err := process.Get(ctx, "http://"+l.simulator+"/control/effects")
		if err != nil {
			return false, "", err
		}
		var answer struct {
			Effects []struct {
				Time   time.Time `json:"time"`
				Action string    `json:"action"`
				ID     string    `json:"id"`
			} `json:"effects"`
		}
		if err := json.Unmarshal(body, &answer); err != nil {
			return false, "", fmt.Errorf("read the effects: %w", err)
		}
		for _, effect := range answer.Effects {
			if effect.Action == "pause" {
				paused[effect.ID] = effect.Time
			}
		}
		return len(paused) == pauses+1, fmt.Sprintf("%d of %d", len(paused), pauses+1), nil
	})
	return paused, err
}

// startForwarder is the floor: a plain consumer that pauses the alert of each
// event with one call, without rule, ledger, lease or second look. It ends
// with ctx or with the lab's bus.
func (l *lab) startForwarder(ctx context.Context) error {
	token, err := l.accessToken(ctx)
	if err != nil {
		return err
	}
	consumer, err := l.bus.JetStream().OrderedConsumer(ctx, bus.StreamEvents, jetstream.OrderedConsumerConfig{})
	if err != nil {
		return fmt.Errorf("consume the stream: %w", err)
	}
	_, err = consumer.Consume(func(msg jetstream.Msg) {
		e, err := bus.DecodeEvent(msg.Headers(), msg.Data())
		if err != nil {
			return // the pause will be missed
		}
		path := "/anodot/api/v2/alerts/" + e.GetFeedback().GetAlertId() + "/pause"
		_, _ = l.post(ctx, path, token, nil) // one that fails is missed, too
	})
	return err
}

func (l *lab) accessToken(ctx context.Context) (string, error) {
	body, err := json.Marshal(map[string]string{"refreshToken": simulator.DefaultAnodotRefreshToken})
	if err != nil {
		return "", err
	}
	answer, err := l.post(ctx, "/anodot/api/v2/access-token", "", body)
	if err != nil {
		return "", err
	}
	var token string
	if err := json.Unmarshal(answer, &token); err != nil {
		return "", fmt.Errorf("read the access token: %w", err)
	}
	return token, nil
}

func (l *lab) post(ctx context.Context, path, token string, body []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, stopTime)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+l.simulator+path, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("post %s: %w", path, err)
	}
	request.Header.Set("Content-Type", "application/json")
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, fmt.Errorf("post %s: %w", path, err)
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	if err != nil {
		return nil, fmt.Errorf("post %s: %w", path, err)
	}
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("post %s: %s: %s", path, response.Status, answer)
	}
	return answer, nil
}
