package rpc

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	grpcprom "github.com/grpc-ecosystem/go-grpc-middleware/providers/prometheus"
	"github.com/grpc-ecosystem/go-grpc-middleware/v2/interceptors/recovery"
	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// handlingLimit bounds a call whose caller set no deadline.
const handlingLimit = time.Minute

// interceptors are metrics, logging, recovery and deadline, in this order: a
// call that panics is counted and logged as the Internal error it becomes.
type interceptors struct {
	logger  *slog.Logger
	metrics *grpcprom.ServerMetrics
	panics  prometheus.Counter
	streams *streams
}

func newInterceptors(logger *slog.Logger, registry prometheus.Registerer, streams *streams) (*interceptors, error) {
	i := &interceptors{
		logger:  logger,
		streams: streams,
		metrics: grpcprom.NewServerMetrics(grpcprom.WithServerHandlingTimeHistogram()),
		panics: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "signalbox_rpc_panics_total",
			Help: "Calls that ended in a panic and were answered as Internal.",
		}),
	}
	for _, collector := range []prometheus.Collector{i.metrics, i.panics} {
		if err := registry.Register(collector); err != nil {
			return nil, fmt.Errorf("register gRPC metrics: %w", err)
		}
	}
	return i, nil
}

func (i *interceptors) options() []grpc.ServerOption {
	recovered := recovery.WithRecoveryHandlerContext(i.recover)
	return []grpc.ServerOption{
		grpc.ChainUnaryInterceptor(
			i.metrics.UnaryServerInterceptor(), i.logUnary,
			recovery.UnaryServerInterceptor(recovered), boundUnary,
		),
		grpc.ChainStreamInterceptor(
			i.metrics.StreamServerInterceptor(), i.logStream,
			recovery.StreamServerInterceptor(recovered), i.streams.intercept,
		),
	}
}

// initialize makes every method show in the metrics before its first call.
func (i *interceptors) initialize(server *grpc.Server) { i.metrics.InitializeMetrics(server) }

func (i *interceptors) recover(ctx context.Context, p any) error {
	i.panics.Inc()
	i.logger.ErrorContext(ctx, "panic in a call", "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
	return Error(codes.Internal, "PANIC", nil, "internal error; the log of the server says more")
}

func (i *interceptors) logUnary(
	ctx context.Context, req any, info *grpc.UnaryServerInfo, handle grpc.UnaryHandler,
) (any, error) {
	began := time.Now()
	answer, err := handle(ctx, req)
	i.log(ctx, info.FullMethod, began, err)
	return answer, err
}

func (i *interceptors) logStream(
	server any, stream grpc.ServerStream, info *grpc.StreamServerInfo, handle grpc.StreamHandler,
) error {
	began := time.Now()
	err := handle(server, stream)
	i.log(stream.Context(), info.FullMethod, began, err)
	return err
}

func (i *interceptors) log(ctx context.Context, method string, began time.Time, err error) {
	code := status.Code(err)
	attrs := []slog.Attr{
		slog.String("method", method),
		slog.String("code", code.String()),
		slog.Duration("duration", time.Since(began)),
	}
	if err != nil {
		attrs = append(attrs, slog.String("reason", Reason(err)), slog.String("error", status.Convert(err).Message()))
	}
	i.logger.LogAttrs(ctx, levelOf(code), "call", attrs...)
}

// levelOf keeps what the caller is told, and tells of, out of the way of what
// somebody must look at.
func levelOf(code codes.Code) slog.Level {
	switch code {
	case codes.Internal, codes.DataLoss, codes.Unknown:
		return slog.LevelError
	default:
		return slog.LevelDebug
	}
}

// boundUnary gives a call without a deadline one.
func boundUnary(ctx context.Context, req any, _ *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
	if _, ok := ctx.Deadline(); ok {
		return handle(ctx, req)
	}
	ctx, cancel := context.WithTimeout(ctx, handlingLimit)
	defer cancel()
	return handle(ctx, req)
}
