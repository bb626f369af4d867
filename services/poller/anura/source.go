// Package anura polls an Anura account for what it thinks of the traffic of
// each instance, or of each campaign of each instance. A day that is not over
// becomes an event whenever its counts have changed, a day that is over one
// more. It refuses to judge visitors itself, and to guess counts of a part of
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
	// everything stands for all instances, in the configuration.
	everything = "all"
	// everyInstance is what the vendor's list calls the sum of the others.
	everyInstance = "All Instances"
)

// Client is the part of the adapter that the poller calls.
type Client interface {
	ListInstances(ctx context.Context, in *anurav1.ListInstancesRequest, opts ...grpc.CallOption) (*anurav1.ListInstancesResponse, error)
	GetOverview(ctx context.Context, in *anurav1.GetOverviewRequest, opts ...grpc.CallOption) (*anurav1.GetOverviewResponse, error)
}

// Source reads one account.
type Source struct {
	name      string
	timeout   time.Duration
	instances []string
	campaigns []string
	client    Client
	now       func() time.Time
}

// NewSource returns a source that reads through client.
func NewSource(source config.Source, client Client, now func() time.Time) *Source {
	return &Source{
		name: source.Name, timeout: poll.CallTimeout(source),
		instances: source.Instances, campaigns: source.Campaigns, client: client, now: now,
	}
}

// Fetch returns the counts of the days that the window touches, of the last 31
// days.
func (s *Source) Fetch(ctx context.Context, w poll.Window) (poll.Batch, error) {
	places, err := s.places(ctx)
	if err != nil {
		return poll.Batch{}, err
	}
	return poll.Gather(ctx, places, func(ctx context.Context, place Place) (poll.Batch, error) {
		return s.read(ctx, place, w)
	})
}

// places returns the campaigns of the instances, or the instances.
func (s *Source) places(ctx context.Context) ([]Place, error) {
	instances, err := s.listInstances(ctx)
	if err != nil || len(s.campaigns) == 0 {
		return instances, err
	}
	places := make([]Place, 0, len(instances)*len(s.campaigns))
	for _, instance := range instances {
		for _, campaign := range s.campaigns {
			instance.Campaign = campaign
			places = append(places, instance)
		}
	}
	return places, nil
}

func (s *Source) listInstances(ctx context.Context) ([]Place, error) {
	if !slices.Contains(s.instances, everything) {
		places := make([]Place, len(s.instances))
		for i, id := range s.instances {
			places[i].Instance = id
		}
		return places, nil
	}
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	answer, err := s.client.ListInstances(ctx, &anurav1.ListInstancesRequest{Source: s.name})
	if err != nil {
		return nil, fmt.Errorf("list instances: %w", err)
	}
	var places []Place
	for _, instance := range answer.GetInstances() {
		if instance.GetId() != "" && instance.GetId() != everyInstance {
			places = append(places, Place{Instance: instance.GetId(), InstanceName: instance.GetName()})
		}
	}
	return places, nil
}

func (s *Source) read(ctx context.Context, place Place, w poll.Window) (poll.Batch, error) {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	// An answer may take minutes. What is counted is at least what had
	// happened when it was asked for.
	asked := Question{Place: place, At: s.now()}
	asked.Last = dayOf(w.To)
	asked.First = later(dayOf(w.From), asked.Last.AddDate(0, 0, 1-maxDays))
	answer, err := s.client.GetOverview(ctx, &anurav1.GetOverviewRequest{
		Source: s.name, Instance: place.Instance, Campaign: place.Campaign,
		Start: number(asked.First), End: number(asked.Last),
	})
	if err != nil {
		return poll.Batch{}, fmt.Errorf("get overview of %s: %w", place, err)
	}
	return Convert(s.name, asked, answer), nil
}
