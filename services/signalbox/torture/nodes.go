package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"github.com/signalbox-io/signalbox/services/signalbox/process"
	"github.com/signalbox-io/signalbox/services/signalbox/torture/wire"
)

// copies is how many nodes there are, and how many copies of each stream.
const copies = 3

// node is one server of the cluster.
type node struct {
	args    nodeArgs
	process *process.Process
	// relays are all that lead to or from it.
	relays []*wire.Relay
}

// nodes are a cluster. Its owner closes it; it is for one goroutine.
type nodes struct {
	dir, self string
	list      [copies]*node
	relays    []*wire.Relay
}

// newNodes starts the cluster. The nodes reach each other through relays only.
func newNodes(ctx context.Context, dir string, p *ports) (*nodes, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program, which the nodes are: %w", err)
	}
	c := &nodes{dir: dir, self: self}
	for i := range c.list {
		name := fmt.Sprintf("n%d", i+1)
		n := &node{args: nodeArgs{name: name, store: filepath.Join(dir, name)}}
		var other error
		n.args.client, err = p.free(ctx)
		n.args.cluster, other = p.free(ctx)
		if err := errors.Join(err, other); err != nil {
			return nil, err
		}
		c.list[i] = n
	}
	if err := c.join(ctx); err != nil {
		return c, err
	}
	for _, n := range c.list {
		if err := c.start(n); err != nil {
			return c, err
		}
	}
	return c, nil
}

// join puts a relay between each two nodes, for each way.
func (c *nodes) join(ctx context.Context) error {
	for _, from := range c.list {
		for _, to := range c.list {
			if from == to {
				continue
			}
			relay, err := wire.NewRelay(ctx, to.args.cluster)
			if err != nil {
				return err
			}
			c.relays = append(c.relays, relay)
			from.args.routes = append(from.args.routes, relay.Addr())
			from.relays, to.relays = append(from.relays, relay), append(to.relays, relay)
		}
	}
	return nil
}

func (c *nodes) start(n *node) error {
	var err error
	n.process, err = process.Start(c.dir, n.args.name, c.self, n.args.list()...)
	return err
}

// urls are where clients find the nodes.
func (c *nodes) urls() []string {
	var list []string
	for _, n := range c.list {
		list = append(list, "nats://"+n.args.client)
	}
	return list
}

// named returns the node of that name, the first one where there is none.
func (c *nodes) named(name string) *node {
	for _, n := range c.list {
		if n.args.name == name {
			return n
		}
	}
	return c.list[0]
}

// cutOff holds back everything between the node and the others.
func (n *node) cutOff() {
	for _, relay := range n.relays {
		relay.Hold()
	}
}

func (n *node) rejoin() {
	for _, relay := range n.relays {
		relay.Release()
	}
}

// freeze stops the process where it is, as a disk or a machine does that hangs.
func (n *node) freeze() error { return syscall.Kill(n.process.PID(), syscall.SIGSTOP) }

func (n *node) thaw() error { return syscall.Kill(n.process.PID(), syscall.SIGCONT) }

func (c *nodes) close() error {
	var faults []error
	for _, n := range c.list {
		if n.process != nil {
			faults = append(faults, n.process.Kill())
		}
	}
	for _, relay := range c.relays {
		faults = append(faults, relay.Close())
	}
	return errors.Join(faults...)
}
