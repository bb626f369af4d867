package backtest

import (
	"maps"
	"slices"
	"time"

	"google.golang.org/protobuf/proto"

	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
)

const (
	// movedWithin is how far two halves of a moved action lie apart at most, by
	// their arrival.
	movedWithin = 24 * time.Hour
	// maxOpen bounds the actions that wait for their other half; beyond it the
	// oldest has none.
	maxOpen = 1 << 20
)

// The two sides of a comparison.
const (
	sideNow = iota
	sideWas
	sides
)

// half is an action of one side that has waited, or waits, for the other's.
type half struct {
	asked
	side  int
	clock time.Time
	// other is the other half of a moved action.
	other *asked
	// isSame tells that the other side asked for the very same later on.
	isSettled bool
}

// comparison pairs the actions of two sets of rules as they come.
type comparison struct {
	tell func(*routerv1.BacktestDifference) error
	// queue holds halves in the order of their arrival, told of ones at the
	// front gone.
	queue []*half
	// open are the halves without another, oldest first.
	open [sides]map[sort][]*half

	total  *routerv1.BacktestChanges
	byRule map[string]*routerv1.BacktestChanges
}

func newComparison(tell func(*routerv1.BacktestDifference) error) *comparison {
	return &comparison{
		tell:  tell,
		open:  [sides]map[sort][]*half{{}, {}},
		total: &routerv1.BacktestChanges{}, byRule: map[string]*routerv1.BacktestChanges{},
	}
}

// step takes what the two sides ask for at one step.
func (c *comparison) step(now, was []asked, clock time.Time) error {
	if err := c.settle(clock); err != nil {
		return err
	}
	now, was = c.withoutSame(now, was)
	for _, a := range now {
		c.take(a, sideNow, clock)
	}
	for _, a := range was {
		c.take(a, sideWas, clock)
	}
	return c.settle(clock)
}

// withoutSame counts the actions that both ask for and returns the rest.
func (c *comparison) withoutSame(now, was []asked) (restNow, restWas []asked) {
	restWas = was
	for _, a := range now {
		if i := slices.IndexFunc(restWas, a.isSame); i >= 0 {
			c.same(a)
			restWas = slices.Concat(restWas[:i], restWas[i+1:])
			continue
		}
		restNow = append(restNow, a)
	}
	return restNow, restWas
}

func (c *comparison) same(now asked) {
	c.total.Same++
	c.of(now.place.GetRule()).Same++
}

// take pairs an action with the other side's same one, or with its oldest one
// on the target, or lets it wait.
func (c *comparison) take(a asked, side int, clock time.Time) {
	open := c.open[sides-1-side]
	waiting := open[a.sort]
	if len(waiting) == 0 {
		h := &half{asked: a, side: side, clock: clock}
		c.queue = append(c.queue, h)
		c.open[side][a.sort] = append(c.open[side][a.sort], h)
		return
	}
	at := max(0, slices.IndexFunc(waiting, func(h *half) bool { return h.isSame(a) }))
	found := waiting[at]
	if found.isSame(a) {
		now := a
		if side == sideWas {
			now = found.asked
		}
		c.same(now)
		found.isSettled = true
	} else {
		found.other = &a
	}
	c.close(open, a.sort, at)
}

// close takes a half out of those that wait.
func (c *comparison) close(open map[sort][]*half, s sort, at int) {
	if open[s] = slices.Delete(open[s], at, at+1); len(open[s]) == 0 {
		delete(open, s)
	}
}

// settle tells of the differences at the front that are known for good.
func (c *comparison) settle(clock time.Time) error {
	for len(c.queue) > 0 {
		h := c.queue[0]
		isOpen := h.other == nil && !h.isSettled
		if isOpen && clock.Sub(h.clock) <= movedWithin && len(c.queue) <= maxOpen {
			return nil
		}
		c.queue[0] = nil
		c.queue = c.queue[1:]
		if isOpen {
			c.close(c.open[h.side], h.sort, 0) // the oldest of its sort
		}
		if err := c.differ(h); err != nil {
			return err
		}
	}
	return nil
}

// differ counts and tells of what came of a half.
func (c *comparison) differ(h *half) error {
	if h.isSettled {
		return nil
	}
	d := &routerv1.BacktestDifference{Type: h.kind, Source: h.source, Target: h.target, Now: h.place}
	other := (*routerv1.BacktestPlace)(nil)
	if h.other != nil {
		other = h.other.place
	}
	d.Was = other
	if h.side == sideWas {
		d.Now, d.Was = other, h.place
	}
	switch {
	case d.GetNow() == nil:
		d.Change = routerv1.BacktestDifference_CHANGE_REMOVED
		c.total.Removed++
		c.of(d.GetWas().GetRule()).Removed++
	case d.GetWas() == nil:
		d.Change = routerv1.BacktestDifference_CHANGE_ADDED
		c.total.Added++
		c.of(d.GetNow().GetRule()).Added++
	default:
		d.Change = routerv1.BacktestDifference_CHANGE_MOVED
		c.total.Moved++
		c.of(d.GetNow().GetRule()).Moved++
	}
	if c.tell == nil {
		return nil
	}
	return c.tell(d)
}

func (c *comparison) of(name string) *routerv1.BacktestChanges {
	changes, ok := c.byRule[name]
	if !ok {
		changes = &routerv1.BacktestChanges{Rule: name}
		c.byRule[name] = changes
	}
	return changes
}

// end tells of what is left; nothing for no comparison.
func (c *comparison) end() error {
	if c == nil {
		return nil
	}
	for _, h := range c.queue {
		if err := c.differ(h); err != nil {
			return err
		}
	}
	c.queue = nil
	return nil
}

// summary returns the counts.
func (c *comparison) summary(version string) *routerv1.BacktestComparison {
	s := &routerv1.BacktestComparison{RuleSet: version, Total: proto.CloneOf(c.total)}
	for _, name := range slices.Sorted(maps.Keys(c.byRule)) {
		if changes := c.byRule[name]; changes.GetAdded()+changes.GetRemoved()+changes.GetMoved() > 0 {
			s.Rules = append(s.Rules, proto.CloneOf(changes))
		}
	}
	return s
}
