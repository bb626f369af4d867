package wire

import (
	"context"
	"fmt"
	"net"
	"sync"
	"time"
)

// dialTime bounds one attempt to reach the other side.
const dialTime = 2 * time.Second

// Relay passes bytes between whoever connects and a server, or holds them all
// back, as a network does that is cut: connections stay open and nothing comes
// through. It is safe for concurrent use.
type Relay struct {
	server   string
	listener net.Listener
	running  sync.WaitGroup

	mu     sync.Mutex
	open   chan struct{} // closed while bytes pass
	conns  map[net.Conn]struct{}
	closed bool
}

// NewRelay returns a relay that passes bytes until Close.
func NewRelay(ctx context.Context, server string) (*Relay, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for %s: %w", server, err)
	}
	r := &Relay{server: server, listener: listener, open: make(chan struct{}), conns: map[net.Conn]struct{}{}}
	close(r.open)
	r.running.Go(r.accept)
	return r, nil
}

// Addr is where one connects.
func (r *Relay) Addr() string { return r.listener.Addr().String() }

// Hold lets nothing through until Release.
func (r *Relay) Hold() {
	r.mu.Lock()
	defer r.mu.Unlock()
	select {
	case <-r.open:
		r.open = make(chan struct{})
	default:
	}
}

// Release lets everything through again, what was held back first.
func (r *Relay) Release() {
	r.mu.Lock()
	defer r.mu.Unlock()
	select {
	case <-r.open:
	default:
		close(r.open)
	}
}

// Close ends every connection and waits until nothing runs any more.
func (r *Relay) Close() error {
	r.Release()
	err := r.listener.Close()
	r.mu.Lock()
	r.closed = true
	for conn := range r.conns {
		_ = conn.Close()
	}
	r.mu.Unlock()
	r.running.Wait()
	return err
}

func (r *Relay) gate() chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.open
}

func (r *Relay) accept() {
	for {
		near, err := r.listener.Accept()
		if err != nil {
			return
		}
		r.running.Go(func() { r.serve(near) })
	}
}

func (r *Relay) serve(near net.Conn) {
	defer func() { _ = near.Close() }()
	<-r.gate()
	far, err := net.DialTimeout("tcp", r.server, dialTime) //nolint:noctx // bounded, and Close ends what it opens
	if err != nil {
		return
	}
	defer func() { _ = far.Close() }()
	if !r.keep(near, far) {
		return
	}
	defer r.forget(near, far)
	var both sync.WaitGroup
	both.Go(func() { r.copy(far, near) })
	both.Go(func() { r.copy(near, far) })
	both.Wait()
}

func (r *Relay) keep(conns ...net.Conn) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, conn := range conns {
		r.conns[conn] = struct{}{}
	}
	return !r.closed
}

func (r *Relay) forget(conns ...net.Conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, conn := range conns {
		delete(r.conns, conn)
	}
}

// copy passes bytes on while the gate is open; the end of one side ends both.
func (r *Relay) copy(to, from net.Conn) {
	defer func() {
		_ = to.Close()
		_ = from.Close()
	}()
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		<-r.gate()
		if n > 0 {
			if _, err := to.Write(buffer[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}
