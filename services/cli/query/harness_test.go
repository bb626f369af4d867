package query_test

import (
	"bytes"
	"context"
	"flag"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/rpc"
	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	deadv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/dead/v1"
	decisionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/decision/v1"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	queryv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/query/v1"
	sourcev1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/source/v1"
)

var update = flag.Bool("update", false, "write the golden files")

// server is a query server that answers what the test says.
type server struct {
	queryv1.UnimplementedQueryServiceServer
	events    []*eventv1.Event
	decisions []*decisionv1.Decision
	actions   []*actionv1.Action
	leases    []*actionv1.Lease
	sources   []*sourcev1.Source
	alerts    []*sourcev1.Alert
	dead      []*deadv1.DeadLetter
	// fault of every call, nil for none.
	fault error
	// watch is what WatchEvents does.
	watch func(grpc.ServerStreamingServer[queryv1.WatchEventsResponse]) error
	// stuck makes every page lead to itself.
	stuck bool
	// generous gives one record more than a page was asked for.
	generous bool

	mu    sync.Mutex
	sizes []int32
}

func (s *server) asked() []int32 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sizes
}

// slice returns one page: the token is the place to go on at.
func slice[T any](s *server, all []T, size int32, token string) ([]T, string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sizes = append(s.sizes, size)
	from, _ := strconv.Atoi(token)
	if s.generous {
		size++
	}
	to := min(from+int(size), len(all))
	switch {
	case s.stuck:
		return nil, "0"
	case to == len(all):
		return all[from:to], ""
	default:
		return all[from:to], strconv.Itoa(to)
	}
}

func (s *server) ListEvents(_ context.Context, r *queryv1.ListEventsRequest) (*queryv1.ListEventsResponse, error) {
	events, next := slice(s, s.events, r.GetPageSize(), r.GetPageToken())
	return &queryv1.ListEventsResponse{Events: events, NextPageToken: next}, s.fault
}

func (s *server) GetEvent(_ context.Context, r *queryv1.GetEventRequest) (*queryv1.GetEventResponse, error) {
	for _, e := range s.events {
		if e.GetId() == r.GetId() {
			return &queryv1.GetEventResponse{Event: e}, s.fault
		}
	}
	return nil, rpc.Error(codes.NotFound, "EVENT_NOT_FOUND", nil, "there is no such event")
}

func (s *server) GetDecision(_ context.Context, r *queryv1.GetDecisionRequest) (*queryv1.GetDecisionResponse, error) {
	for _, d := range s.decisions {
		if d.GetId() == r.GetId() {
			return &queryv1.GetDecisionResponse{Decision: d}, s.fault
		}
	}
	return nil, rpc.Error(codes.NotFound, "NOT_FOUND", nil, "there is no such decision")
}

func (s *server) GetAction(_ context.Context, r *queryv1.GetActionRequest) (*queryv1.GetActionResponse, error) {
	for _, a := range s.actions {
		if a.GetId() == r.GetId() {
			return &queryv1.GetActionResponse{Action: a}, s.fault
		}
	}
	return nil, rpc.Error(codes.NotFound, "NOT_FOUND", nil, "there is no such action")
}

func (s *server) ListDeadLetters(_ context.Context, r *queryv1.ListDeadLettersRequest) (*queryv1.ListDeadLettersResponse, error) {
	letters, next := slice(s, s.dead, r.GetPageSize(), r.GetPageToken())
	return &queryv1.ListDeadLettersResponse{DeadLetters: letters, NextPageToken: next}, s.fault
}

func (s *server) GetDeadLetter(_ context.Context, r *queryv1.GetDeadLetterRequest) (*queryv1.GetDeadLetterResponse, error) {
	for _, l := range s.dead {
		if l.GetId() == r.GetId() {
			return &queryv1.GetDeadLetterResponse{DeadLetter: l}, s.fault
		}
	}
	return nil, rpc.Error(codes.NotFound, "NOT_FOUND", nil, "there is no such dead letter")
}

func (s *server) WatchEvents(_ *queryv1.WatchEventsRequest, stream grpc.ServerStreamingServer[queryv1.WatchEventsResponse]) error {
	if s.fault != nil {
		return s.fault
	}
	return s.watch(stream)
}

func (s *server) ListDecisions(_ context.Context, r *queryv1.ListDecisionsRequest) (*queryv1.ListDecisionsResponse, error) {
	decisions, next := slice(s, s.decisions, r.GetPageSize(), r.GetPageToken())
	return &queryv1.ListDecisionsResponse{Decisions: decisions, NextPageToken: next}, s.fault
}

func (s *server) ListActions(_ context.Context, r *queryv1.ListActionsRequest) (*queryv1.ListActionsResponse, error) {
	actions, next := slice(s, s.actions, r.GetPageSize(), r.GetPageToken())
	return &queryv1.ListActionsResponse{Actions: actions, NextPageToken: next}, s.fault
}

func (s *server) ListLeases(_ context.Context, r *queryv1.ListLeasesRequest) (*queryv1.ListLeasesResponse, error) {
	leases, next := slice(s, s.leases, r.GetPageSize(), r.GetPageToken())
	return &queryv1.ListLeasesResponse{Leases: leases, NextPageToken: next}, s.fault
}

func (s *server) ListAlerts(_ context.Context, r *queryv1.ListAlertsRequest) (*queryv1.ListAlertsResponse, error) {
	alerts, next := slice(s, s.alerts, r.GetPageSize(), r.GetPageToken())
	return &queryv1.ListAlertsResponse{Alerts: alerts, NextPageToken: next}, s.fault
}

func (s *server) ListSources(context.Context, *queryv1.ListSourcesRequest) (*queryv1.ListSourcesResponse, error) {
	return &queryv1.ListSourcesResponse{Sources: s.sources}, s.fault
}

// serve serves s on loopback and returns its address.
func serve(t *testing.T, s queryv1.QueryServiceServer) string {
	t.Helper()
	listener := listen(t)
	server := grpc.NewServer()
	queryv1.RegisterQueryServiceServer(server, s)
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	t.Cleanup(func() {
		server.Stop()
		require.NoError(t, <-ended)
	})
	return listener.Addr().String()
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	var config net.ListenConfig
	listener, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	return listener
}

// run runs a command and returns what it printed.
func run(ctx context.Context, command *cobra.Command, args ...string) (stdout, stderr string, err error) {
	var out, errOut bytes.Buffer
	command.SetArgs(args)
	command.SetOut(&out)
	command.SetErr(&errOut)
	command.SilenceErrors, command.SilenceUsage = true, true
	err = command.ExecuteContext(ctx)
	return out.String(), errOut.String(), err
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(got), 0o600))
	}
	want, err := os.ReadFile(filepath.Clean(path))
	require.NoError(t, err)
	require.Equal(t, string(want), got, "go test ./services/cli/query -update writes %s anew", path)
}

// at is a moment of the morning of the tests.
func at(minute int) *timestamppb.Timestamp {
	return timestamppb.New(time.Date(2026, 3, 1, 9, minute, 30, 0, time.UTC))
}
