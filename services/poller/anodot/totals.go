package anodot

import (
	"context"
	"errors"
	"fmt"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/signalbox-io/signalbox/pkg/poll"
	"github.com/signalbox-io/signalbox/pkg/rpc"
	anodotv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anodot/v1"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
)

const (
	// totalsEvery is the time between two looks at data streams: the vendor
	// allows ten such calls a minute, and people and actions need some.
	totalsEvery = time.Minute
	// totalsAtOnce is how many data streams a look counts; the next goes on with
	// those behind.
	totalsAtOnce = 3
	// totalsTime is how long a look may take. What else was read is published
	// after it, so it must not wait for a budget that others have spent.
	totalsTime = 15 * time.Second
	// totalsRefused is how long an account is left alone that does not let its
	// data streams be read.
	totalsRefused = time.Hour
)

// totals is how far the data streams have been counted.
type totals struct {
	// due is when to look again.
	due time.Time
	// streams are those of the round, and next is the one to count next.
	streams []*anodotv1.DataStream
	next    int
	// told are the last totals, by data stream. Each poll returns them again, so
	// that the cursor remembers that they have been published.
	told map[string]*eventv1.Event
}

// streamTotals returns how many metrics the data streams made in the last day,
// as far as that is known. The vendor tells the present alone, so there is
// nothing to read of the past.
func (s *Source) streamTotals(ctx context.Context, w poll.Window) (poll.Batch, error) {
	if !s.isPresent(w) {
		return poll.Batch{}, nil
	}
	if s.now().Before(s.totals.due) {
		return s.totals.batch(), nil
	}
	ctx, cancel := context.WithTimeout(ctx, min(s.timeout, totalsTime))
	defer cancel()
	s.totals.due = s.now().Add(totalsEvery)
	rejected, err := s.countStreams(ctx)
	batch := s.totals.batch()
	batch.Rejected = rejected.Rejected
	switch {
	case isRefused(err):
		s.totals.due = s.now().Add(totalsRefused)
	case !isNotNow(err):
		return batch, err
	}
	batch.Omit("data_streams", fmt.Sprintf("data streams are counted again at %s: %v", s.totals.due.UTC().Format(time.RFC3339), err))
	return batch, nil
}

// isNotNow reports whether time or budget did not suffice. The next look goes on
// where this one ended.
func isNotNow(err error) bool {
	switch rpc.Reason(err) {
	case rpc.ReasonRateLimited, rpc.ReasonDeadlineExceeded:
		return true
	default:
		return errors.Is(err, context.DeadlineExceeded) || status.Code(err) == codes.DeadlineExceeded
	}
}

// isRefused reports whether the account does not have, or does not show, data
// streams: that is no reason to read nothing else.
func isRefused(err error) bool {
	switch rpc.Reason(err) {
	case rpc.ReasonRefusedByVendor, rpc.ReasonNotFound, rpc.ReasonCredentialRefused:
		return true
	default:
		return false
	}
}

func (s *Source) countStreams(ctx context.Context) (poll.Batch, error) {
	var batch poll.Batch
	t := &s.totals
	if t.next >= len(t.streams) {
		answer, err := s.listStreams(ctx)
		if err != nil {
			return batch, err
		}
		reject(&batch, "data stream", answer.GetRejected())
		t.begin(answer.GetDataStreams())
	}
	for range totalsAtOnce {
		if t.next >= len(t.streams) {
			break
		}
		err := s.countStream(ctx, t.streams[t.next])
		if !isNotNow(err) {
			t.next++ // one that cannot be counted hides none of the others
		}
		if err != nil {
			return batch, err
		}
	}
	return batch, nil
}

func (s *Source) listStreams(ctx context.Context) (*anodotv1.ListDataStreamsResponse, error) {
	answer, err := s.client.ListDataStreams(ctx, &anodotv1.ListDataStreamsRequest{Source: s.name})
	if err != nil {
		return nil, fmt.Errorf("list data streams: %w", err)
	}
	return answer, nil
}

func (s *Source) countStream(ctx context.Context, stream *anodotv1.DataStream) error {
	answer, err := s.client.CountDataStreamMetrics(ctx, &anodotv1.CountDataStreamMetricsRequest{
		Source: s.name, DataStreamId: stream.GetId(), TimeRange: anodotv1.CountRange_COUNT_RANGE_DAY,
	})
	if rpc.Reason(err) == rpc.ReasonNotFound {
		delete(s.totals.told, stream.GetId()) // deleted since it was listed
		return nil
	}
	if err != nil {
		return fmt.Errorf("count the metrics of data stream %s: %w", stream.GetId(), err)
	}
	s.totals.told[stream.GetId()] = ConvertTotal(s.name, stream, answer.GetTotal(), s.now())
	return nil
}

// begin begins a round with the data streams that there are now.
func (t *totals) begin(streams []*anodotv1.DataStream) {
	told := make(map[string]*eventv1.Event, len(streams))
	t.streams, t.next = nil, 0
	for _, stream := range streams {
		if stream.GetId() == "" {
			continue
		}
		t.streams = append(t.streams, stream)
		if e := t.told[stream.GetId()]; e != nil {
			told[stream.GetId()] = e
		}
	}
	t.told = told
}

// batch returns the last totals, in the order of the data streams.
func (t *totals) batch() poll.Batch {
	var batch poll.Batch
	for _, stream := range t.streams {
		if e := t.told[stream.GetId()]; e != nil {
			batch.Events = append(batch.Events, proto.CloneOf(e))
		}
	}
	return batch
}
