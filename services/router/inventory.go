package router

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	alertbook "github.com/signalbox-io/signalbox/pkg/inventory"
	anodotv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anodot/v1"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	sourcev1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/source/v1"
)

const (
	// firstInventory is how long deciding waits for the inventories of the start.
	firstInventory = 5 * time.Second
	// bookTime bounds one look at what the pollers have written.
	bookTime = 10 * time.Second
	// staleAfter is how old a reading may be that is not told of as old.
	staleAfter = 10 * time.Minute
)

// inventory keeps the engine informed of the alerts of each Anodot account: what
// safety counts with and never touches. It reads what the pollers have read, when
// they say that they have, and from time to time.
type inventory struct {
	sources []string
	inputs  *inputQueue
	logger  *slog.Logger
	every   time.Duration
	bus     Bus

	mu      sync.Mutex
	told    map[string]alertSet  // what was recorded last, by source
	offered map[string]*offering // what waits to be recorded, by source
	bad     map[string]bool      // sources that could not be read last
}

// alertSet are the alerts of a source by id. One that is nil is in the engine, which
// may take it for what it is not any more: it is told again.
type alertSet map[string]*routerv1.InventoryAlert

func newInventory(opts Options, inputs *inputQueue) *inventory {
	v := &inventory{
		inputs: inputs, logger: opts.Logger, every: opts.Config.Leases.ReconcileEvery, bus: opts.Bus,
		told: map[string]alertSet{}, offered: map[string]*offering{}, bad: map[string]bool{},
	}
	if !isLimited(opts.Config.Safety) {
		return v // nothing asks for it
	}
	for _, source := range opts.Config.Sources {
		if source.Vendor == eventv1.Vendor_VENDOR_ANODOT {
			v.sources = append(v.sources, source.Name)
		}
	}
	return v
}

// begin tells of every account once, so that deciding begins with what safety must
// know. It waits a few seconds for pollers that have not read one lately.
func (v *inventory) begin(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, firstInventory)
	defer cancel()
	v.follow(ctx, func() bool {
		isRecent := true
		for _, source := range v.sources {
			isRecent = v.read(ctx, source) == misgiving{} && isRecent
		}
		return !isRecent
	})
}

// run follows what the pollers write until ctx ends.
func (v *inventory) run(ctx context.Context) {
	v.follow(ctx, func() bool {
		for _, source := range v.sources {
			now := v.read(ctx, source)
			if ctx.Err() == nil {
				v.judge(ctx, source, now)
			}
		}
		return true
	})
}

// follow reads at once, whenever a poller has read, and from time to time in case
// that was not heard, until read reports that it is enough or ctx ends.
func (v *inventory) follow(ctx context.Context, read func() bool) {
	if len(v.sources) == 0 {
		return
	}
	readings := v.watch(ctx)
	if readings != nil {
		defer readings.Stop() //nolint:errcheck // the watch ends with ctx at the latest
	}
	timer := time.NewTicker(v.every)
	defer timer.Stop()
	for read() {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		case _, isOpen := <-updatesOf(readings):
			if !isOpen {
				readings = nil // the bus ended it: what is read from time to time must do
			}
		}
	}
}

// watch hears of the readings of all sources; nil where the bus is away.
func (v *inventory) watch(ctx context.Context) jetstream.KeyWatcher {
	readings, err := v.bus.Alerts().Watch(ctx, "*", jetstream.UpdatesOnly(), jetstream.MetaOnly())
	if err != nil {
		v.logger.WarnContext(ctx, "readings of alerts are not heard of; they are looked for from time to time",
			slog.Duration("every", v.every), slog.String("error", brief(err)))
		return nil
	}
	return readings
}

// updatesOf never has one for nil.
func updatesOf(watch jetstream.KeyWatcher) <-chan jetstream.KeyValueEntry {
	if watch == nil {
		return nil
	}
	return watch.Updates()
}

// misgiving is why what is known of an account's alerts may not be how they stand; the
// zero value where it is.
type misgiving struct {
	why string
	// isPollers tells that the poller found it out and has warned of it.
	isPollers bool
}

// read offers what is known of a source's alerts to the engine, and returns what is
// doubtful about it.
func (v *inventory) read(ctx context.Context, source string) misgiving {
	reading, alerts, err := v.look(ctx, source)
	switch {
	case err != nil:
		return misgiving{why: brief(err)}
	case reading == nil:
		return misgiving{why: "no poller has read them yet"}
	case reading.GetReadAt() != nil:
		v.tell(ctx, source, alertsOf(alerts))
	}
	switch {
	case reading.GetError() != "":
		return misgiving{why: strings.ToValidUTF8(reading.GetError(), ""), isPollers: true}
	case time.Since(reading.GetReadAt().AsTime()) > staleAfter:
		return misgiving{why: "no poller has read them since " + reading.GetReadAt().AsTime().Format(time.RFC3339)}
	default:
		return misgiving{}
	}
}

func (v *inventory) look(ctx context.Context, source string) (*sourcev1.AlertReading, []*sourcev1.Alert, error) {
	ctx, cancel := context.WithTimeout(ctx, bookTime)
	defer cancel()
	reading, err := alertbook.Reading(ctx, v.bus.Alerts(), source)
	if err != nil || reading.GetReadAt() == nil {
		return reading, nil, err
	}
	alerts, err := alertbook.List(ctx, v.bus.Alerts(), source)
	return reading, alerts, err
}

// judge tells once that safety does not know how things stand, and once that it
// does again. Of what a poller has warned of it warns no second time.
func (v *inventory) judge(ctx context.Context, source string, now misgiving) {
	v.mu.Lock()
	wasBad, isBad := v.bad[source], now != misgiving{}
	v.bad[source] = isBad
	v.mu.Unlock()
	level := slog.LevelWarn
	if now.isPollers {
		level = slog.LevelInfo
	}
	switch attr := slog.String("source", source); {
	case isBad && !wasBad:
		v.logger.Log(ctx, level, "how the alerts of an account stand is not known; safety goes by what was known of them",
			attr, slog.String("reason", now.why))
	case !isBad && wasBad:
		v.logger.InfoContext(ctx, "how the alerts of an account stand is known again", attr)
	}
}

// alertsOf is what safety must know of the alerts.
func alertsOf(alerts []*sourcev1.Alert) alertSet {
	all := make(alertSet, len(alerts))
	for _, a := range alerts {
		all[a.GetId()] = &routerv1.InventoryAlert{
			Id: a.GetId(), Title: a.GetTitle(), Severity: a.GetSeverity(), Labels: a.GetLabels(), Paused: a.GetPaused(),
		}
	}
	return all
}

// known is what safety knows of an alert that was read before it is touched.
func known(alert *anodotv1.Alert) *routerv1.InventoryAlert {
	labels := slices.Clone(alert.GetLabels())
	slices.Sort(labels)
	return &routerv1.InventoryAlert{
		Id: alert.GetId(), Title: alert.GetTitle(), Severity: alert.GetSeverity(), Labels: labels, Paused: alert.GetPaused(),
	}
}
