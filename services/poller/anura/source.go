// Package anura polls an Anura account for what it thinks of the traffic of
// each instance, or of each campaign of each instance: its overviews, and each
// row of the tables that the configuration names. A day that is not over becomes
// an event whenever its counts have changed, a day that is over one more. It refuses to judge visitors itself, and to guess counts of a part of
// a day: the vendor counts by day.
package anura

import (
	"context"
	"fmt"
	"slices"
	"time"

	"google.golang.org/grpc"

	"github.com/signalbox-io/signalbox/pkg/config"
	"github.com/signalbox-io/signalbox/pkg/poll"
	anurav1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anura/v1"
)

const (
	// maxDays is how many days back the vendor answers for, today included. Its
	// documents leave open whether one more would do.
	maxDays = 31
	// maxTableDays is the same for tables.
	maxTableDays = 7
	// everything stands for all instances, in the configuration.
	everything = "all"
	// everyInstance is what the vendor's list calls the sum of the others.
	everyInstance = "All Instances"
)

// Client is the part of the adapter that the poller calls.
type Client interface {
	ListInstances(ctx context.Context, in *anurav1.ListInstancesRequest, opts ...grpc.CallOption) (*anurav1.ListInstancesResponse, error)
	GetOverview(ctx context.Context, in *anurav1.GetOverviewRequest, opts ...grpc.CallOption) (*anurav1.GetOverviewResponse, error)
	GetScriptOverview(ctx context.Context, in *anurav1.GetScriptOverviewRequest, opts ...grpc.CallOption) (*anurav1.GetScriptOverviewResponse, error)
	ListReportRows(ctx context.Context, in *anurav1.ListReportRowsRequest, opts ...grpc.CallOption) (grpc.ServerStreamingClient[anurav1.ListReportRowsResponse], error)
}

// Source reads one account.
type Source struct {
	name      string
	timeout   time.Duration
	instances []string
	campaigns []string
	reports   []string
	maxRows   int
	client    Client
	now       func() time.Time
	turn      poll.Turn
}

// NewSource returns a source that reads through client.
func NewSource(source config.Source, client Client, now func() time.Time) *Source {
	return &Source{
		name: source.Name, timeout: poll.CallTimeout(source),
		instances: source.Instances, campaigns: source.Campaigns, reports: reportsOf(source), maxRows: mostRows, client: client, now: now,
	}
}

// Fetch returns the counts of the days that the window touches, of the last 31
// days, and of tables of the last 7.
func (s *Source) Fetch(ctx context.Context, w poll.Window) (poll.Batch, error) {
	instances, batch, err := s.listInstances(ctx)
	if err != nil {
		return poll.Batch{}, err
	}
	v := visit{source: s, window: w, refused: map[string]error{}}
	counts, err := poll.Gather(ctx, &s.turn, s.parts(s.places(instances)), v.read)
	batch.Append(counts)
	return batch, v.verdict(err)
}

// places returns the campaigns of the instances, or the instances.
func (s *Source) places(instances []Place) []Place {
	if len(s.campaigns) == 0 {
		return instances
	}
	places := make([]Place, 0, len(instances)*len(s.campaigns))
	for _, instance := range instances {
		for _, campaign := range s.campaigns {
			instance.Campaign = campaign
			places = append(places, instance)
		}
	}
	return places
}

// listInstances returns the configured instances, or those that the token can
// see, and what of the list cannot be read.
func (s *Source) listInstances(ctx context.Context) (instances []Place, batch poll.Batch, err error) {
	if !slices.Contains(s.instances, everything) {
		for _, id := range s.instances {
			instances = append(instances, Place{Instance: id})
		}
		return instances, batch, nil
	}
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	answer, err := s.client.ListInstances(ctx, &anurav1.ListInstancesRequest{Source: s.name})
	if err != nil {
		return nil, batch, fmt.Errorf("list instances: %w", err)
	}
	for _, instance := range answer.GetInstances() {
		if instance.GetId() != "" && instance.GetId() != everyInstance {
			instances = append(instances, Place{Instance: instance.GetId(), InstanceName: instance.GetName()})
		}
	}
	for _, r := range answer.GetRejected() {
		batch.Reject("unreadable", fmt.Sprintf("instance %d of the list: %s", r.GetIndex(), r.GetReason()), r.GetRaw())
	}
	return instances, batch, nil
}
