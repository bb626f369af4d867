package replay

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/signalbox-io/signalbox/services/simulator/analytics"
	"github.com/signalbox-io/signalbox/services/simulator/anodot"
	"github.com/signalbox-io/signalbox/services/simulator/anura"
	"github.com/signalbox-io/signalbox/services/simulator/securereporter"
	"github.com/signalbox-io/signalbox/services/simulator/timeline"
)

const (
	// Instance is the id at Anura whose campaigns are the recorded sites.
	Instance = 1
	// BotMinutes is the slug of the report of minutes full of bots.
	BotMinutes = "bot-minutes"

	source = "web"
)

// Clock is the clock of a file. Unless the options fix the start, its
// WallStart is zero before [Replay.Run].
func (r *Replay) Clock(file File) Clock {
	return Clock{
		DataStart: r.starts[GroupOf(file)],
		WallStart: r.options.WallStart,
		Speed:     r.options.Speed,
	}
}

// Run lets every record happen at its time, and returns after the last one or
// with the context's error. Records whose time has passed happen at once, in
// their order. A replay is run once, and nobody else may use it meanwhile.
func (r *Replay) Run(ctx context.Context) error {
	if r.options.WallStart.IsZero() {
		r.options.WallStart = r.sim.Now()
	}
	r.prepare()
	at := func(i int) time.Time { return r.Clock(r.happenings[i].file).Wall(r.happenings[i].at) }
	r.sort()
	return timeline.Play(ctx, r.sim.Now, len(r.happenings), at, func(i int) {
		r.happenings[i].apply(r.Clock(r.happenings[i].file))
	})
}

// sort orders by wall time. Records of one instant keep the order of [Files]
// and of their lines.
func (r *Replay) sort() {
	detectors, site := r.Clock(Anomalies), r.Clock(TrafficMinute)
	wall := func(h happening) time.Time {
		if GroupOf(h.file) == Detectors {
			return detectors.Wall(h.at)
		}
		return site.Wall(h.at)
	}
	slices.SortStableFunc(r.happenings, func(a, b happening) int { return wall(a).Compare(wall(b)) })
}

// prepare makes known what records refer to.
func (r *Replay) prepare() {
	for _, alert := range slices.Sorted(maps.Keys(r.alerts)) {
		r.sim.Anodot.AddAlert(anodot.Alert{
			ID:            AlertID(alert),
			Configuration: anodot.Configuration{Title: alert, Owner: owner},
		})
	}
	for _, site := range slices.Sorted(maps.Keys(r.sites)) {
		r.sim.Analytics.AddSite(analytics.Site{ID: site, Name: site, Domain: site + ".example.org"})
	}
	r.sim.Anura.AddInstance(anura.Instance{ID: Instance, Name: "Recorded traffic"})
	r.sim.SecureReporter.AddReport(securereporter.Report{Name: BotMinutes})
}
