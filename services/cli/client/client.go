// Package client connects commands with a running Signalbox over gRPC and
// tells what went wrong in words of the command line. It retries nothing: a
// person who sees the error does.
package client

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"

	"github.com/signalbox-io/signalbox/services/cli/exit"
)

// DefaultAddr is where a Signalbox listens that is configured no other way.
const DefaultAddr = "127.0.0.1:7420"

// maxMessageBytes bounds one answer; a page of events with all they carry
// stays below.
const maxMessageBytes = 32 << 20

// Client is a connection to one Signalbox. It dials when it is first used.
type Client struct {
	conn    *grpc.ClientConn
	flag    string // by which the user names addr
	addr    string
	timeout time.Duration
	dialed  chan error
}

// New returns a client of the Signalbox at addr (host:port), which --addr names,
// that waits timeout for each answer. Close ends it.
func New(addr string, timeout time.Duration) (*Client, error) {
	return NewNamed("--addr", addr, timeout)
}

// NewNamed is New for an address that another flag names.
func NewNamed(flag, addr string, timeout time.Duration) (*Client, error) {
	if _, _, err := net.SplitHostPort(addr); err != nil {
		return nil, exit.Usage(fmt.Errorf("%s %q is no address; write host:port, such as %s", flag, addr, DefaultAddr))
	}
	if timeout <= 0 {
		return nil, exit.Usage(errors.New("--timeout is not longer than nothing; write one such as 10s"))
	}
	c := &Client{flag: flag, addr: addr, timeout: timeout, dialed: make(chan error, 1)}
	conn, err := grpc.NewClient("passthrough:///"+addr,
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(c.dial),
		grpc.WithDisableServiceConfig(),
		grpc.WithDisableRetry(),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxMessageBytes)),
		// Longer than a call waits: of one who takes the connection and says
		// nothing, the call's own deadline tells.
		grpc.WithConnectParams(grpc.ConnectParams{Backoff: backoff.DefaultConfig, MinConnectTimeout: 2 * timeout}),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: time.Minute, Timeout: 10 * time.Second}),
	)
	if err != nil {
		return nil, exit.Usage(fmt.Errorf("%s %q: %w", flag, addr, err))
	}
	c.conn = conn
	return c, nil
}

// Conn returns the connection, for the stubs of services.
func (c *Client) Conn() *grpc.ClientConn { return c.conn }

// Bound returns a context for one call.
func (c *Client) Bound(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, c.timeout)
}

// Close ends the connection.
func (c *Client) Close() error {
	if err := c.conn.Close(); err != nil {
		return fmt.Errorf("close the connection to %s: %w", c.addr, err)
	}
	return nil
}

// dial keeps why dialing failed, which the call's error only tells in prose.
func (c *Client) dial(ctx context.Context, addr string) (net.Conn, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", addr)
	if err != nil {
		select {
		case c.dialed <- err:
		default: // an earlier reason is as good
		}
	}
	return conn, err
}
