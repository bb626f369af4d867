package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/signalbox-io/signalbox/services/signalbox/process"
	"github.com/signalbox-io/signalbox/services/signalbox/process/disk"
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
	// disk is a file system of its own, nil where none could be made.
	disk *disk.Disk
	slow *slowing
}

// slowing is a disk that is slow at present.
type slowing struct {
	stop  context.CancelFunc
	ended chan error
}

// nodes are a cluster. Its owner closes it; it is for one goroutine.
type nodes struct {
	dir, self string
	list      [copies]*node
	relays    []*wire.Relay
	// noDisks is why the nodes have no disks of their own, nil if they have.
	noDisks error
}

// nodeBytes is room for a story.
const nodeBytes = 1 << 30

// mount gives each node a disk of its own, if this process may.
func (c *nodes) mount(ctx context.Context) {
	if c.noDisks = disk.CanMake(); c.noDisks != nil {
		return
	}
	for _, n := range c.list {
		dir := filepath.Join(c.dir, n.args.name)
		if c.noDisks = os.MkdirAll(dir, 0o700); c.noDisks != nil {
			return
		}
		if n.disk, c.noDisks = disk.New(ctx, dir, nodeBytes); c.noDisks != nil {
			n.disk = nil
			return
		}
		n.args.store = filepath.Join(n.disk.Mount, "store")
	}
}

// newNodes starts the cluster. The nodes reach each other through relays only;
// withDisks gives each a disk of its own.
func newNodes(ctx context.Context, dir string, p *ports, withDisks bool) (*nodes, error) {
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
	if withDisks {
		c.mount(ctx)
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

// slowDown makes the node's disk slow. A node without one of its own stutters
// instead: it is stopped and goes on as a slow disk would hold its writes.
func (n *node) slowDown() error {
	ctx, stop := context.WithCancel(context.Background())
	n.slow = &slowing{stop: stop, ended: make(chan error, 1)}
	random := rand.New(rand.NewPCG(1, uint64(n.process.PID()))) //nolint:gosec // any will do
	work := n.stutter
	if n.disk != nil {
		work = n.disk.Slow
	}
	go func() { n.slow.ended <- work(ctx, random) }()
	return nil
}

// stutter stops the process for 50 to 400 ms, again and again.
func (n *node) stutter(ctx context.Context, random *rand.Rand) error {
	for ctx.Err() == nil {
		if err := n.freeze(); err != nil {
			return err
		}
		_ = sleep(ctx, 50*time.Millisecond+time.Duration(random.Int64N(int64(350*time.Millisecond))))
		if err := n.thaw(); err != nil {
			return err
		}
		_ = sleep(ctx, 5*time.Millisecond+time.Duration(random.Int64N(int64(45*time.Millisecond))))
	}
	return nil
}

// speedUp ends slowDown.
func (n *node) speedUp() error {
	if n.slow == nil {
		return nil
	}
	n.slow.stop()
	err := <-n.slow.ended
	n.slow = nil
	return err
}

func (c *nodes) close() error {
	var faults []error
	for _, n := range c.list {
		faults = append(faults, n.speedUp())
		if n.process != nil {
			faults = append(faults, n.process.Kill())
		}
		if n.disk != nil {
			faults = append(faults, n.disk.Detach(context.Background()))
		}
	}
	for _, relay := range c.relays {
		faults = append(faults, relay.Close())
	}
	return errors.Join(faults...)
}
