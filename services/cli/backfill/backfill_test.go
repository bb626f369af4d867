package backfill_test

import (
	"bytes"
	"context"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/rpc"
	pollerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/poller/v1"
	"github.com/signalbox-io/signalbox/services/cli/backfill"
	"github.com/signalbox-io/signalbox/services/cli/exit"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func at(hour int) *timestamppb.Timestamp {
	return timestamppb.New(time.Date(2026, 3, 1, hour, 0, 0, 0, time.UTC))
}

// poller tells of two pieces and ends with err.
type poller struct {
	pollerv1.UnimplementedPollerServiceServer
	silent     bool
	incomplete uint64
	to         int // the hour in which the span ends, 2 by default
	err        error

	asked *pollerv1.BackfillRequest
}

func (p *poller) Backfill(req *pollerv1.BackfillRequest, stream grpc.ServerStreamingServer[pollerv1.BackfillResponse]) error {
	p.asked = req
	for hour := 1; hour <= 2 && !p.silent; hour++ {
		err := stream.Send(&pollerv1.BackfillResponse{
			ReadTo: at(hour), To: at(max(2, p.to)), Returned: uint64(10 * hour), Published: uint64(3 * hour), Rejected: uint64(hour - 1),
			Incomplete: p.incomplete,
		})
		if err != nil {
			return err
		}
	}
	if p.silent {
		<-stream.Context().Done()
	}
	return p.err
}

func serve(t *testing.T, p pollerv1.PollerServiceServer) string {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server := grpc.NewServer()
	if p != nil {
		pollerv1.RegisterPollerServiceServer(server, p)
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	t.Cleanup(func() {
		server.Stop()
		require.NoError(t, <-ended)
	})
	return listener.Addr().String()
}

func run(ctx context.Context, args ...string) (stdout, stderr string, err error) {
	var out, errs bytes.Buffer
	command := backfill.NewCommand()
	command.SilenceErrors, command.SilenceUsage = true, true
	command.SetArgs(args)
	command.SetOut(&out)
	command.SetErr(&errs)
	err = command.ExecuteContext(ctx)
	return out.String(), errs.String(), err
}

func TestBackfill_ShowsHowFarItIsAndWhatCameOfIt(t *testing.T) {
	t.Parallel()
	p := &poller{}
	stdout, stderr, err := run(t.Context(), "--source", "s", "--from", "2026-03-01T00:00:00Z", "--to", "2026-03-01T02:00:00Z", "--addr", serve(t, p))
	require.NoError(t, err)
	require.Equal(t, "20 events read, 6 published, 14 known already; 1 records rejected: see signalbox dead list\n", stdout)
	require.Equal(t, "read to 2026-03-01T01:00:00Z of 2026-03-01T02:00:00Z, 10 events, 3 published\n"+
		"read to 2026-03-01T02:00:00Z of 2026-03-01T02:00:00Z, 20 events, 6 published\n", stderr)
	require.Equal(t, "s", p.asked.GetSource())
	require.Equal(t, at(0).AsTime(), p.asked.GetFrom().AsTime())
	require.Equal(t, at(2).AsTime(), p.asked.GetTo().AsTime())
}

func TestBackfill_SaysWhereItEndedAndHowToGoOn(t *testing.T) {
	t.Parallel()
	fault := rpc.Error(codes.ResourceExhausted, "RATE_LIMITED", nil, "the vendor's budget is used up")
	_, _, err := run(t.Context(), "--source", "s", "--from", "1h ago", "--addr", serve(t, &poller{to: 3, err: fault}))
	require.EqualError(t, err, "backfill: the vendor's budget is used up; go on with --from 2026-03-01T02:00:00Z")
	require.Equal(t, exit.CodeFailure, exit.Code(err))
}

// One that came to its end with gaps says what it did, and fails.
func TestBackfill_ThatCouldNotReadAPartFailsAtTheEnd(t *testing.T) {
	t.Parallel()
	fault := rpc.Error(codes.PermissionDenied, "REFUSED_BY_VENDOR", nil, "no such feature between A and B")
	stdout, _, err := run(t.Context(), "--source", "s", "--from", "1h ago", "--addr", serve(t, &poller{incomplete: 1, err: fault}))
	require.EqualError(t, err, "backfill: no such feature between A and B")
	require.Equal(t, exit.CodeFailure, exit.Code(err))
	require.Contains(t, stdout, "20 events read, 6 published, 14 known already; a part could not be read in 1 pieces")
}

func TestBackfill_SaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	addr := serve(t, nil)
	silent := serve(t, &poller{silent: true})
	for name, test := range map[string]struct {
		args []string
		want string
		code int
	}{
		"no source": {[]string{"--from", "1h ago"}, "--source and --from are needed", exit.CodeUsage},
		"no time":   {[]string{"--source", "s", "--from", "soon"}, `--from "soon" is no time`, exit.CodeUsage},
		"no poller": {
			[]string{"--source", "s", "--from", "1h ago", "--addr", addr},
			"backfill: no poller runs in the process at " + addr, exit.CodeFailure,
		},
		"silence": {
			[]string{"--source", "s", "--from", "1h ago", "--addr", silent, "--timeout", "50ms"},
			"no answer from " + silent + " within 50ms", exit.CodeFailure,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, _, err := run(t.Context(), test.args...)
			require.ErrorContains(t, err, test.want)
			require.Equal(t, test.code, exit.Code(err))
		})
	}
}
