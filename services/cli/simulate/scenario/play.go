package scenario

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	simulatorv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/simulator/v1"
	"github.com/signalbox-io/signalbox/services/simulator"
	"github.com/signalbox-io/signalbox/services/simulator/anodot"
	"github.com/signalbox-io/signalbox/services/simulator/story"
)

// Player plays one scenario once on one simulator.
type Player struct {
	sim   *simulator.Server
	speed float64
	story *story.Story
	// entries are what is still to come, those of the same time in the order in
	// which they happen.
	entries []entry
	// made counts the facts that need an id of their own.
	made int
}

// entry is one thing that happens next at a time.
type entry struct {
	next         time.Duration // since the start, as the scenario counts
	every, until time.Duration
	times        int
	do           deed
}

// deed makes something happen and says so.
type deed func(ctx context.Context, m moment) (string, error)

// moment is when something happens, as the scenario counts, and for which time,
// from 1.
type moment struct {
	at time.Duration
	n  int
}

// New prepares the world as it is before anything happens. The speed is how many
// of the scenario's seconds pass in one.
func New(sim *simulator.Server, s *simulatorv1.Scenario, speed float64) *Player {
	p := &Player{sim: sim, speed: speed}
	if s.GetStory() == storyDemo {
		p.story = story.New(sim, story.Options{Scale: 1 / speed})
	}
	p.prepare(s)
	for _, f := range s.GetFaults() {
		p.add(f, func(context.Context, moment) (string, error) {
			return fmt.Sprintf("fault: %s at %s", f.GetKind(), f.GetVendor()), sim.SetFault(faultOf(f, speed))
		})
	}
	for _, h := range s.GetHappenings() {
		p.add(h, p.happening(h))
	}
	p.entries = append(p.entries, p.steps()...)
	return p
}

// steps are those of the story, which scales itself.
func (p *Player) steps() []entry {
	if p.story == nil {
		return nil
	}
	entries := make([]entry, 0, len(p.story.Steps))
	for _, step := range p.story.Steps {
		at := time.Duration(float64(step.Offset) * p.speed)
		entries = append(entries, entry{next: at, do: func(ctx context.Context, _ moment) (string, error) {
			if step.Apply != nil {
				step.Apply(ctx)
			}
			return step.Line, nil
		}})
	}
	return entries
}

func (p *Player) prepare(s *simulatorv1.Scenario) {
	for _, alert := range s.GetAlerts() {
		p.sim.Anodot.AddAlert(anodot.Alert{ID: alert.GetId(), Configuration: anodot.Configuration{
			Title: cmp.Or(alert.GetTitle(), alert.GetId()), Severity: cmp.Or(alert.GetSeverity(), "medium"),
		}})
	}
	if s.GetAnodotWebhook() != "" {
		p.sim.Anodot.AddWebhook(anodot.Webhook{Name: "scenario", URL: s.GetAnodotWebhook()})
	}
	p.prepareReports(s)
	p.prepareTraffic(s)
}

func (p *Player) add(t timed, do deed) {
	p.entries = append(p.entries, entry{
		next: t.GetAt().AsDuration(), every: t.GetEvery().AsDuration(), until: t.GetUntil().AsDuration(), do: do,
	})
}

// Run plays from this moment on and returns after the last thing has happened,
// or with the context's error. Something that cannot happen is told and the play
// goes on.
func (p *Player) Run(ctx context.Context, tell func(line string)) error {
	start := p.sim.Now()
	for len(p.entries) > 0 {
		i := p.first()
		next := p.entries[i]
		if err := p.wait(ctx, start.Add(time.Duration(float64(next.next)/p.speed))); err != nil {
			return err
		}
		p.reschedule(i)
		line, err := next.do(ctx, moment{next.next, next.times + 1})
		if err != nil {
			line += ": it did not work: " + err.Error()
		}
		if line != "" {
			tell(line)
		}
	}
	return nil
}

func (p *Player) first() int {
	first := 0
	for i, e := range p.entries {
		if e.next < p.entries[first].next {
			first = i
		}
	}
	return first
}

func (p *Player) reschedule(i int) {
	e := &p.entries[i]
	e.next += e.every
	e.times++
	if e.every == 0 || e.until > 0 && e.next > e.until {
		p.entries = slices.Delete(p.entries, i, i+1)
	}
}

// later lets something happen once, some time after a moment; never for nil.
func (p *Player) later(d *durationpb.Duration, m moment, do deed) {
	if d != nil {
		p.entries = append(p.entries, entry{next: m.at + d.AsDuration(), do: do})
	}
}

func (p *Player) wait(ctx context.Context, until time.Time) error {
	timer := time.NewTimer(until.Sub(p.sim.Now()))
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err()
	case <-ctx.Done():
		return ctx.Err()
	}
}
