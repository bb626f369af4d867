package soak_test

import (
	"context"
	"net"
	"sync"
	"syscall"

	"google.golang.org/grpc/test/bufconn"
)

// pipes listens for connections within the process. Unlike a socket's, their
// waiting is seen by the bubble.
type pipes struct {
	accepted chan net.Conn
	closed   chan struct{}
	close    func()
}

func newPipes() *pipes {
	p := &pipes{accepted: make(chan net.Conn), closed: make(chan struct{})}
	p.close = sync.OnceFunc(func() { close(p.closed) })
	return p
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case conn := <-p.accepted:
		return conn, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.close()
	return nil
}

func (p *pipes) Addr() net.Addr { return pipeAddr{} }

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case p.accepted <- server:
		return client, nil
	case <-p.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// front is where the process that runs is pushed to; between two of them nobody
// is there.
type front struct {
	mu  sync.Mutex
	now *pipes
}

// open returns the door of a process, whose connections its cord holds.
func (f *front) open(c *cord) *door {
	d := &door{newPipes(), c, f}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now = d.pipes
	return d
}

func (f *front) dial(ctx context.Context, network, address string) (net.Conn, error) {
	f.mu.Lock()
	now := f.now
	f.mu.Unlock()
	if now == nil {
		return nil, syscall.ECONNREFUSED
	}
	return now.dial(ctx, network, address)
}

// door is where one process is pushed to. It closes with the process.
type door struct {
	*pipes

	cord  *cord
	front *front
}

func (d *door) Accept() (net.Conn, error) {
	return d.cord.hold(d.pipes.Accept())
}

func (d *door) Close() error {
	d.front.mu.Lock()
	defer d.front.mu.Unlock()
	if d.front.now == d.pipes {
		d.front.now = nil
	}
	return d.pipes.Close()
}

type pipeAddr struct{}

func (pipeAddr) Network() string { return "pipe" }
func (pipeAddr) String() string  { return "pipe" }

// newCalls listens for gRPC, which needs connections with a buffer.
func newCalls() *bufconn.Listener { return bufconn.Listen(256 << 10) }
