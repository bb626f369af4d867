package rpc

import (
	"context"

	"google.golang.org/grpc"
)

// streams ends long-lived calls when the process stops: a watch has no end of
// its own for which a graceful stop could wait.
type streams struct {
	ctx context.Context //nolint:containedctx // the life of the server, not of a call
	end context.CancelFunc
}

func newStreams() *streams {
	ctx, cancel := context.WithCancel(context.Background())
	return &streams{ctx: ctx, end: cancel}
}

// bound returns a context that ends with ctx or with the streams. release
// must be called.
func (s *streams) bound(ctx context.Context) (bound context.Context, release func()) {
	bound, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(s.ctx, cancel)
	return bound, func() {
		stop()
		cancel()
	}
}

func (s *streams) intercept(
	server any, stream grpc.ServerStream, _ *grpc.StreamServerInfo, handle grpc.StreamHandler,
) error {
	ctx, release := s.bound(stream.Context())
	defer release()
	err := handle(server, &boundStream{ServerStream: stream, ctx: ctx})
	if s.ctx.Err() != nil && stream.Context().Err() == nil {
		return Stopping()
	}
	return err
}

// boundStream is a stream with another context.
type boundStream struct {
	grpc.ServerStream
	ctx context.Context //nolint:containedctx // grpc.ServerStream hands its context out by method
}

// Context returns the context that also ends with the server.
func (s *boundStream) Context() context.Context { return s.ctx }
