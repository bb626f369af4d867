package main

import (
	"bufio"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/signalbox-io/signalbox/pkg/bus"
	"github.com/signalbox-io/signalbox/services/signalbox/process"
	"github.com/signalbox-io/signalbox/services/simulator/replay"
)

const (
	// polledRecords is what one poll brings: a busy account's first look back.
	polledRecords = 10_000
	pollTime      = 2 * time.Minute
	// replayed is the last line of a replay.
	replayed = "every record has happened"
)

// measurePoller lets the adapter and the poller of Anomify fetch a full window
// and compares with publishing the same messages.
func (b *bench) measurePoller(ctx context.Context) (rows []row, err error) {
	b.say("poller over %d records", polledRecords)
	l, err := b.newLab(ctx, "poller")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, l.close(ctx)) }()
	if err := l.open(ctx); err != nil {
		return nil, err
	}
	if err := l.replayAnomalies(ctx); err != nil {
		return nil, err
	}
	figure, err := l.poll(ctx)
	if err != nil {
		return nil, err
	}
	floor, err := l.republish(ctx)
	if err != nil {
		return nil, err
	}
	return []row{{
		what: "vendor → poller → stream", floor: rateText(floor), figure: rateText(figure), ratio: share(figure, floor),
	}}, nil
}

// replayAnomalies makes the records happen at the simulated vendor.
func (l *lab) replayAnomalies(ctx context.Context) error {
	lines := make([]any, polledRecords)
	for i := range lines {
		lines[i] = map[string]any{
			"id": strconv.Itoa(i), "metric": fmt.Sprintf("site-%d.requests.m%d", i%50, i%40),
			"ts": "2026-01-01T00:00:00Z", "value": i, "score": 0.5,
		}
	}
	return l.replay(ctx, replay.Anomalies, lines)
}

// replay serves a folder that holds these lines in this file, and waits until
// all of them have happened.
func (l *lab) replay(ctx context.Context, file replay.File, lines []any) error {
	dir := filepath.Join(l.dir, "recorded")
	if err := writeFolder(dir, file, lines); err != nil {
		return err
	}
	vendors, err := l.startVendors(ctx, "--replay", dir)
	if err != nil {
		return err
	}
	return process.Until(ctx, readyEvery, "the records to happen", func(context.Context) (bool, string, error) {
		return strings.Contains(vendors.LogTail(), replayed), "not yet", vendors.Check()
	})
}

// writeFolder writes a replay's folder in which the other files are empty.
func writeFolder(dir string, file replay.File, lines []any) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("write records: %w", err)
	}
	for _, name := range replay.Files() {
		content := lines
		if name != file {
			content = nil
		}
		if err := writeFile(filepath.Join(dir, string(name)), content, name == replay.TrafficMinute); err != nil {
			return fmt.Errorf("write records: %w", err)
		}
	}
	return nil
}

func writeFile(path string, lines []any, isTraffic bool) (err error) {
	file, err := os.Create(path) //nolint:gosec // below our own temporary folder
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	if isTraffic {
		packed := gzip.NewWriter(file)
		_, err = packed.Write([]byte("ts,site,requests,bot,browser,top_country,top_country_requests\n"))
		return errors.Join(err, packed.Close())
	}
	buffered := bufio.NewWriter(file)
	encoder := json.NewEncoder(buffered)
	for _, line := range lines {
		if err := encoder.Encode(line); err != nil {
			return err
		}
	}
	return buffered.Flush()
}

// poll runs adapter and poller until the first poll is over, and returns how
// many events a second it brought from the vendor to the stream.
func (l *lab) poll(ctx context.Context) (float64, error) {
	ctx, cancel := context.WithTimeout(ctx, pollTime)
	defer cancel()
	p, err := l.serve("adapter-anomify,poller-anomify", l.partConfig(), pauseRules)
	if err != nil {
		return 0, err
	}
	var took float64
	err = process.Until(ctx, watchEvery, "the first poll", func(ctx context.Context) (bool, string, error) {
		if err := p.Check(); err != nil {
			return false, "", err
		}
		polls, err := l.metric(ctx, "signalbox_poll_duration_seconds_count")
		if err != nil || polls == 0 {
			return false, fmt.Sprint(err), nil
		}
		if took, err = l.metric(ctx, "signalbox_poll_duration_seconds_sum"); err != nil {
			return false, "", err
		}
		return true, "", nil
	})
	if err != nil {
		return 0, err
	}
	published, err := l.metric(ctx, "signalbox_poll_events_published_total")
	if err != nil {
		return 0, err
	}
	if published != polledRecords {
		return 0, fmt.Errorf("the first poll brought %.0f events instead of %d; its log ends with\n%s", published, polledRecords, p.LogTail())
	}
	return published / took, nil
}

// republish publishes the messages that the poller published once more, on a
// stream of the same kind, and returns how many a second.
func (l *lab) republish(ctx context.Context) (float64, error) {
	js := l.bus.JetStream()
	stream, err := js.Stream(ctx, bus.StreamEvents)
	if err != nil {
		return 0, fmt.Errorf("look at the stream: %w", err)
	}
	config := stream.CachedInfo().Config
	config.Name, config.Subjects = "BENCH", []string{"bench"}
	if _, err := js.CreateStream(ctx, config); err != nil {
		return 0, fmt.Errorf("create a stream: %w", err)
	}
	messages, err := l.read(ctx, js, polledRecords)
	if err != nil {
		return 0, err
	}
	began := time.Now()
	futures := make([]jetstream.PubAckFuture, 0, len(messages))
	for _, m := range messages {
		future, err := js.PublishMsgAsync(m)
		if err != nil {
			return 0, fmt.Errorf("publish: %w", err)
		}
		futures = append(futures, future)
	}
	for _, future := range futures {
		select {
		case <-future.Ok():
		case err := <-future.Err():
			return 0, fmt.Errorf("publish: %w", err)
		}
	}
	return float64(len(messages)) / time.Since(began).Seconds(), nil
}

// read returns the stream's messages as they are to be published again.
func (l *lab) read(ctx context.Context, js jetstream.JetStream, n int) ([]*nats.Msg, error) {
	consumer, err := js.OrderedConsumer(ctx, bus.StreamEvents, jetstream.OrderedConsumerConfig{})
	if err != nil {
		return nil, fmt.Errorf("read the stream: %w", err)
	}
	received, err := consumer.Messages()
	if err != nil {
		return nil, fmt.Errorf("read the stream: %w", err)
	}
	defer received.Stop()
	messages := make([]*nats.Msg, 0, n)
	for range n {
		msg, err := received.Next(jetstream.NextMaxWait(stopTime))
		if err != nil {
			return nil, fmt.Errorf("read the stream: %w", err)
		}
		messages = append(messages, &nats.Msg{Subject: "bench", Header: msg.Headers(), Data: msg.Data()})
	}
	return messages, nil
}
