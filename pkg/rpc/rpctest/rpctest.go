// Package rpctest gives tests connections on which no call runs out of time.
package rpctest

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

// patience is how long a call may take whatever its deadline.
const patience = 90 * time.Second

// Dialer holds connections whose calls are given time beyond their deadline, so that
// a busy machine does not look like a server that hangs. A call that its caller
// cancels ends at once. It is safe for concurrent use.
type Dialer struct {
	mu    sync.Mutex
	conns map[string]*grpc.ClientConn
}

// NewDialer returns a dialer whose connections end with the test.
func NewDialer(tb testing.TB) *Dialer {
	tb.Helper()
	d := &Dialer{conns: map[string]*grpc.ClientConn{}}
	tb.Cleanup(func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		for _, conn := range d.conns {
			require.NoError(tb, conn.Close())
		}
	})
	return d
}

// Conn returns the connection to the gRPC server at addr (host:port), the same one
// for every caller.
func (d *Dialer) Conn(addr string) (*grpc.ClientConn, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if conn, ok := d.conns[addr]; ok {
		return conn, nil
	}
	conn, err := grpc.NewClient("passthrough:///"+addr,
		grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithDisableRetry(), grpc.WithUnaryInterceptor(patient))
	if err != nil {
		return nil, err
	}
	d.conns[addr] = conn
	return conn, nil
}

// patient makes a call that its caller may cancel, and whose deadline is far.
//
//nolint:revive // the shape of grpc.UnaryClientInterceptor
func patient(
	ctx context.Context, method string, req, reply any,
	conn *grpc.ClientConn, invoke grpc.UnaryInvoker, options ...grpc.CallOption,
) error {
	longer, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	stop := context.AfterFunc(ctx, func() {
		if errors.Is(ctx.Err(), context.Canceled) {
			cancel()
		}
	})
	defer stop()
	return invoke(longer, method, req, reply, conn, options...)
}
