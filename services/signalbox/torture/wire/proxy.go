package wire

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"
)

// answerTime is how long the server may take to answer a write after which the
// client is to be cut off. One without an answer is cut off then.
const answerTime = 3 * time.Second

// Write is one write of the client's.
type Write struct {
	// Number counts from 1, over all connections of the proxy.
	Number int
	// Subject it goes to.
	Subject string
}

// Cut says where the client is cut off.
type Cut int

// Where a client is cut off.
const (
	// Pass does not cut it off.
	Pass Cut = iota
	// Before the write reaches the server.
	Before
	// After the server took it, before the client knows.
	After
)

// Options shape a proxy.
type Options struct {
	// Server is the address of the server.
	Server string
	// Watch is asked about each write before it is passed on. Required; calls
	// do not overlap.
	Watch func(Write) Cut
	// Kill ends the client and returns when it is gone. It is called where Watch
	// said so, and nothing more of that connection is passed on.
	Kill func()
}

// Proxy takes clients on an address of its own. It is safe for concurrent use.
type Proxy struct {
	opts     Options
	listener net.Listener
	running  sync.WaitGroup

	mu     sync.Mutex
	conns  map[net.Conn]struct{}
	closed bool
	watch  sync.Mutex
	writes int
}

// NewProxy returns a proxy that takes clients until Close.
func NewProxy(ctx context.Context, opts Options) (*Proxy, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen between client and server: %w", err)
	}
	p := &Proxy{opts: opts, listener: listener, conns: map[net.Conn]struct{}{}}
	p.running.Go(p.accept)
	return p, nil
}

// Addr is where clients connect.
func (p *Proxy) Addr() string { return p.listener.Addr().String() }

// Writes returns how many writes there were.
func (p *Proxy) Writes() int {
	p.watch.Lock()
	defer p.watch.Unlock()
	return p.writes
}

// Close ends every connection and waits until nothing runs any more.
func (p *Proxy) Close() error {
	err := p.listener.Close()
	p.mu.Lock()
	p.closed = true
	for conn := range p.conns {
		_ = conn.Close()
	}
	p.mu.Unlock()
	p.running.Wait()
	return err
}

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.running.Go(func() { p.serve(client) })
	}
}

// keep notes a connection, so that Close ends it; false if it is too late.
func (p *Proxy) keep(conn net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return false
	}
	p.conns[conn] = struct{}{}
	return true
}

func (p *Proxy) drop(conns ...net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, conn := range conns {
		_ = conn.Close()
		delete(p.conns, conn)
	}
}

func (p *Proxy) serve(client net.Conn) {
	server, err := net.DialTimeout("tcp", p.opts.Server, answerTime) //nolint:noctx // bounded, and Close ends what it opens
	if err != nil {
		_ = client.Close() // the client tries again
		return
	}
	defer p.drop(client, server)
	if !p.keep(client) || !p.keep(server) {
		return
	}
	l := &link{
		proxy: p, client: client, server: server,
		cut: make(chan struct{}), answered: make(chan struct{}), ended: make(chan struct{}),
	}
	var both sync.WaitGroup
	both.Go(func() { l.up(); p.drop(client, server) })
	both.Go(func() { l.down(); p.drop(client, server) })
	both.Wait()
}

// link is one connection.
type link struct {
	proxy          *Proxy
	client, server net.Conn
	cut            chan struct{} // closed when the client is to be cut off after its write
	inbox          string        // where the write's answer goes, readable once cut is closed
	answered       chan struct{} // closed when the answer came
	ended          chan struct{} // closed when nothing more is passed on
}

// up passes on what the client says.
func (l *link) up() {
	defer close(l.ended)
	reader := bufio.NewReader(l.client)
	for {
		f, err := readFrame(reader)
		if err != nil {
			return
		}
		where := Pass
		if f.isWrite() {
			where = l.proxy.ask(f.subject)
		}
		if where == Before {
			l.proxy.opts.Kill()
			return
		}
		if where == After {
			l.inbox = f.reply
			close(l.cut)
		}
		if _, err := l.server.Write(f.bytes); err != nil {
			return
		}
		if where == After {
			l.await(f.reply != "")
			l.proxy.opts.Kill()
			return
		}
	}
}

// ask asks about a write, one after the other. After a cut none is asked about
// on that connection, because none is passed on.
func (p *Proxy) ask(subject string) Cut {
	p.watch.Lock()
	defer p.watch.Unlock()
	p.writes++
	return p.opts.Watch(Write{Number: p.writes, Subject: subject})
}

// await waits until the server has answered. One that does not answer the write
// answers a PING, and has read the write by then.
func (l *link) await(hasReply bool) {
	if !hasReply {
		_, _ = io.WriteString(l.server, "PING\r\n")
	}
	timer := time.NewTimer(answerTime)
	defer timer.Stop()
	select {
	case <-l.answered:
	case <-timer.C:
	}
}

// down passes on what the server says, until the answer that the client must
// not get.
func (l *link) down() {
	reader := bufio.NewReader(l.server)
	for {
		f, err := readFrame(reader)
		if err != nil {
			return
		}
		if l.isAnswer(f) {
			close(l.answered)
			<-l.ended // the client is to be killed, not to see a broken connection
			return
		}
		if _, err := l.client.Write(f.bytes); err != nil && !errors.Is(err, net.ErrClosed) {
			return
		}
	}
}

func (l *link) isAnswer(f frame) bool {
	select {
	case <-l.cut:
	default:
		return false
	}
	if l.inbox == "" {
		return f.verb == "PONG"
	}
	return f.subject == l.inbox
}
