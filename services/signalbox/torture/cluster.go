package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/signalbox-io/signalbox/services/signalbox/torture/story"
)

// clusterScale is how much happens while the cluster is in trouble.
func (h *harness) clusterScale() (s scale, list []trouble) {
	list = troubles()
	if h.quick {
		list = list[:1]
	}
	s = scale{
		length: 30 * time.Second, leases: story.Leases{Short: 10 * time.Second, Long: 12 * time.Second}, events: 150, pauses: 15, watchers: 5,
		reconcile: 2 * time.Second, grace: 9 * time.Second,
	}
	if !h.quick {
		s.length, s.events, s.pauses, s.watchers = 4*time.Minute, 1_600, 150, 50
		s.reconcile, s.grace = 6*time.Second, 20*time.Second
		s.leases = story.Leases{Short: 25 * time.Second, Long: 35 * time.Second}
	}
	return s, list
}

// cluster plays a story on three nodes that get into trouble one by one.
func (h *harness) cluster(ctx context.Context) (r row, err error) {
	s, list := h.clusterScale()
	ctx, cancel := context.WithTimeout(ctx, s.length+spare)
	defer cancel()
	h.say("cluster: %s, %d events, %d pauses, %d watchers, seed %d", s.length, s.events, s.pauses, s.watchers, h.seed)
	r = row{part: "cluster", faults: map[string]int{}}
	b, err := newBox(ctx, setup{
		binary: h.binary, ports: h.ports, leases: s.leases, alerts: s.alerts(), reconcile: s.reconcile, replicas: copies,
	}, nil)
	if err != nil {
		return r, err
	}
	c, err := newNodes(ctx, b.dir, h.ports, isAmong(slowDisk, list))
	if err == nil && c.noDisks != nil {
		note := fmt.Sprintf("no node has a disk of its own: %v; instead of a slow disk, a node stutters", c.noDisks)
		r.notes = append(r.notes, note)
		h.say("cluster: %s", note)
	}
	if err == nil {
		err = b.prepare(ctx, c.urls(), c.urls())
	}
	if err != nil {
		if c != nil {
			err = errors.Join(err, c.close())
		}
		return r, errors.Join(err, b.vendors.Close())
	}
	err = h.playCluster(ctx, b, c, s, list, &r)
	keep := h.keep && (err != nil || !r.IsClean())
	if keep {
		h.say("cluster: logs and data are in %s", b.dir)
	}
	return r, errors.Join(err, b.close(true), c.close(), remove(b.dir, keep))
}

func isAmong(name string, list []trouble) bool {
	return slices.ContainsFunc(list, func(t trouble) bool { return t.name == name })
}

func remove(dir string, keep bool) error {
	if keep {
		return nil
	}
	return os.RemoveAll(dir)
}

func (h *harness) playCluster(ctx context.Context, b *box, c *nodes, s scale, list []trouble, r *row) error {
	if err := b.open(ctx); err != nil {
		return err
	}
	if err := whenCurrent(ctx, b.bus); err != nil {
		return err
	}
	b.began = time.Now()
	ended := make(chan error, 1)
	go func() { ended <- h.suffer(ctx, b, c, list, r) }()
	err := b.play(ctx, s.script(h.drawFrom(3)))
	if err = errors.Join(err, <-ended); err != nil {
		return err
	}
	err = b.settle(ctx, s.grace)
	h.sum(b, s.grace, r)
	return err
}

// suffer lets the troubles happen one after the other.
func (h *harness) suffer(ctx context.Context, b *box, c *nodes, list []trouble, r *row) error {
	for _, t := range list {
		if err := sleep(ctx, 3*time.Second); err != nil {
			return err
		}
		whole, stalled, err := t.happens(ctx, c, b)
		if err != nil {
			return err
		}
		r.faults[t.name]++
		note := fmt.Sprintf("%s for %s: an event waited %s at most; every copy was whole %s after its end",
			t.name, t.length, text(stalled), text(whole))
		r.notes = append(r.notes, note)
		h.say("cluster: %s", note)
	}
	return nil
}
