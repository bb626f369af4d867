package soak_test

import (
	"bytes"
	"context"
	"errors"
	"net"
	"sync"
)

var errCut = errors.New("the process has been killed")

// cord is all by which a process reaches the world, and the world the process: its
// connections to the vendors and the bus, and those of who pushes. Cutting it is
// what SIGKILL does: from then on nothing that the process does has an effect,
// wherever in its work it was.
type cord struct {
	mu    sync.Mutex
	isCut bool
	// conns are those that are open.
	conns map[*strand]bool
	// frayed says where the cord cuts itself with a write; nil for nowhere.
	frayed *fray
	// cutting is called once, while nothing is written.
	cutting func()
}

// fray is a write that is the last one.
type fray struct {
	// of is what is written: the beginning of subjects, or anything.
	of string
	// after is how many such writes there are before it.
	after int
	// arrives is whether the other end gets it.
	arrives bool
}

func newCord(cutting func()) *cord { return &cord{cutting: cutting, conns: map[*strand]bool{}} }

type dialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// dialer returns a dialer of connections that the cord holds.
func (c *cord) dialer(dial dialFunc) dialFunc {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		return c.hold(conn, err)
	}
}

func (c *cord) hold(conn net.Conn, err error) (net.Conn, error) {
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.isCut {
		return nil, errors.Join(errCut, conn.Close())
	}
	s := &strand{conn, c}
	c.conns[s] = true
	return s, nil
}

// weaken lets the cord cut itself.
func (c *cord) weaken(f fray) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.frayed = &f
}

// admit reports whether a write may still be made, and whether it is the last one
// and the cord is to be cut after it.
func (c *cord) admit(written []byte) (admitted, isLast bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f := c.frayed
	switch {
	case c.isCut:
		return false, false
	case f == nil || !bytes.Contains(written, []byte(f.of)):
		return true, false
	case f.after > 0:
		f.after--
		return true, false
	case !f.arrives:
		c.snap()
	}
	return f.arrives, f.arrives
}

// cut cuts a cord that is still whole.
func (c *cord) cut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.isCut {
		c.snap()
	}
}

// snap is called with the lock.
func (c *cord) snap() {
	c.isCut = true
	c.cutting()
	for s := range c.conns {
		_ = s.Conn.Close() // of some the other end has done so
	}
	clear(c.conns)
}

// hasSnapped reports whether the cord has been cut.
func (c *cord) hasSnapped() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.isCut
}

// strand is one connection of a cord.
type strand struct {
	net.Conn

	cord *cord
}

func (s *strand) Write(p []byte) (int, error) {
	admitted, isLast := s.cord.admit(p)
	if !admitted {
		return 0, errCut
	}
	n, err := s.Conn.Write(p)
	if isLast {
		s.cord.cut()
	}
	return n, err
}

func (s *strand) Close() error {
	s.cord.mu.Lock()
	delete(s.cord.conns, s)
	s.cord.mu.Unlock()
	return s.Conn.Close()
}
