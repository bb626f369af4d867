package rpc_test

import (
	"context"
	"errors"
	"io"
	"net"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"

	"github.com/signalbox-io/signalbox/pkg/rpc"
)

// adapter tells what is left as an adapter does: once for each request.
type adapter struct {
	grpc_health_v1.UnimplementedHealthServer
}

func (adapter) Check(ctx context.Context, req *grpc_health_v1.HealthCheckRequest) (*grpc_health_v1.HealthCheckResponse, error) {
	switch req.GetService() {
	case "no request":
	case "fails":
		return nil, errors.Join(tell(ctx, "0.100"), errors.New("the vendor is away"))
	default:
		return &grpc_health_v1.HealthCheckResponse{}, errors.Join(tell(ctx, "0.900"), tell(ctx, "0.750"))
	}
	return &grpc_health_v1.HealthCheckResponse{}, nil
}

func (adapter) Watch(_ *grpc_health_v1.HealthCheckRequest, stream grpc.ServerStreamingServer[grpc_health_v1.HealthCheckResponse]) error {
	return errors.Join(tell(stream.Context(), "0.500"), stream.Send(&grpc_health_v1.HealthCheckResponse{}), tell(stream.Context(), "0.250"))
}

func tell(ctx context.Context, share string) error {
	return grpc.SetTrailer(ctx, metadata.Pairs(rpc.TrailerBudgetLeft, share))
}

func TestWatchBudget_HearsTheLeastShareOfEachCall(t *testing.T) {
	t.Parallel()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server, ended := grpc.NewServer(), make(chan error, 1)
	grpc_health_v1.RegisterHealthServer(server, adapter{})
	go func() { ended <- server.Serve(listener) }()
	defer func() {
		server.Stop()
		require.NoError(t, <-ended)
	}()
	conn, err := grpc.NewClient("passthrough:///"+listener.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close()) }()

	var heard []float64
	client := grpc_health_v1.NewHealthClient(rpc.WatchBudget(conn, func(share float64) { heard = append(heard, share) }))
	_, err = client.Check(t.Context(), &grpc_health_v1.HealthCheckRequest{})
	require.NoError(t, err)
	_, err = client.Check(t.Context(), &grpc_health_v1.HealthCheckRequest{Service: "no request"})
	require.NoError(t, err)
	_, err = client.Check(t.Context(), &grpc_health_v1.HealthCheckRequest{Service: "fails"})
	require.Error(t, err)
	stream, err := client.Watch(t.Context(), &grpc_health_v1.HealthCheckRequest{})
	require.NoError(t, err)
	_, err = stream.Recv()
	require.NoError(t, err)
	_, err = stream.Recv()
	require.ErrorIs(t, err, io.EOF)
	require.Equal(t, []float64{0.75, 0.1, 0.25}, heard)
}
