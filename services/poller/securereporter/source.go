// Package securereporter polls a Secure Reporter installation for the rows of
// its reports. What a row means stands in the configuration; each row becomes
// an event, and another one when what it is mapped to has changed. It refuses
// to guess: a row without an identity or a time becomes a dead letter, a label
// or measure that cannot be computed is left out.
package securereporter

import (
	"context"
	"errors"
	"fmt"
	"time"

	"google.golang.org/grpc"

	"github.com/signalbox-io/signalbox/pkg/config"
	"github.com/signalbox-io/signalbox/pkg/poll"
	securereporterv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/securereporter/v1"
)

// Client is the part of the adapter that the poller calls.
type Client interface {
	CallReport(ctx context.Context, in *securereporterv1.CallReportRequest, opts ...grpc.CallOption) (*securereporterv1.CallReportResponse, error)
}

// Source reads one installation.
type Source struct {
	name    string
	timeout time.Duration
	reports []report
	client  Client
	now     func() time.Time
	turn    poll.Turn
}

type report struct {
	parameters map[string]string
	mapping    *Mapping
}

// NewSource returns a source that reads through client. An error names every
// fault of every report's mapping.
func NewSource(source config.Source, client Client, now func() time.Time) (*Source, error) {
	s := &Source{name: source.Name, timeout: poll.CallTimeout(source), client: client, now: now}
	var faults []error
	for i, configured := range source.Reports {
		mapping, err := NewMapping(configured)
		if err != nil {
			faults = append(faults, fmt.Errorf("reports[%d] (%s): %w", i, configured.Name, err))
			continue
		}
		s.reports = append(s.reports, report{parameters: configured.Parameters, mapping: mapping})
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	return s, nil
}

// Fetch returns every row that the reports return, whatever the window: how
// far back a report looks is for its parameters to say.
func (s *Source) Fetch(ctx context.Context, _ poll.Window) (poll.Batch, error) {
	return poll.Gather(ctx, &s.turn, s.reports, s.call)
}

func (s *Source) call(ctx context.Context, r report) (poll.Batch, error) {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	answer, err := s.client.CallReport(ctx, &securereporterv1.CallReportRequest{
		Source: s.name, Report: r.mapping.Report(), Parameters: r.parameters,
	})
	if err != nil {
		return poll.Batch{}, fmt.Errorf("call report %s: %w", r.mapping.Report(), err)
	}
	return Convert(s.name, r.mapping, answer, s.now()), nil
}
