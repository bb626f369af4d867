package anodot

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/poll"
	anodotv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anodot/v1"
)

// minSpan is the shortest span of anomalies asked for.
const minSpan = time.Minute

// anomalies returns the anomalies that began in the window. Where the vendor
// has more than it shows to anybody, halves of the window are asked for; what it
// hides of a single minute is counted as omitted.
func (s *Source) anomalies(ctx context.Context, w poll.Window) (poll.Batch, error) {
	batch, isTruncated, err := s.anomaliesOf(ctx, w)
	if err != nil || !isTruncated {
		return batch, err
	}
	half := (w.To.Sub(w.From) / 2).Truncate(time.Second)
	if half < minSpan {
		batch.Omit("anomalies", "the vendor has more anomalies of the minute from "+w.From.UTC().Format(time.RFC3339)+" on than it shows to anybody")
		return batch, nil
	}
	middle := w.From.Add(half)
	first, err := s.anomalies(ctx, poll.Window{From: w.From, To: middle})
	if err != nil {
		return poll.Batch{}, err
	}
	second, err := s.anomalies(ctx, poll.Window{From: middle, To: w.To})
	if err != nil {
		return poll.Batch{}, err
	}
	first.Append(second)
	return first, nil
}

func (s *Source) anomaliesOf(ctx context.Context, w poll.Window) (batch poll.Batch, isTruncated bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, pages*s.timeout)
	defer cancel()
	stream, err := s.client.ListAnomalies(ctx, &anodotv1.ListAnomaliesRequest{
		Source: s.name, StartTime: timestamppb.New(w.From), EndTime: timestamppb.New(w.To),
	})
	if err != nil {
		return poll.Batch{}, false, fmt.Errorf("list anomalies: %w", err)
	}
	for {
		page, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return batch, isTruncated, nil
		}
		if err != nil {
			return poll.Batch{}, false, fmt.Errorf("list anomalies: %w", err)
		}
		batch.Append(ConvertAnomalies(s.name, page, s.now()))
		isTruncated = isTruncated || page.GetTruncated()
	}
}
