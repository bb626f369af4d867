package router

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"google.golang.org/grpc"

	"github.com/signalbox-io/signalbox/pkg/config"
	anodotv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anodot/v1"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/router/action"
	"github.com/signalbox-io/signalbox/services/router/retry"
)

// firstInventory is how long deciding waits for the inventories of the start.
const firstInventory = 5 * time.Second

// inventory keeps the engine informed of the alerts of each Anodot account: what
// safety counts with and never touches.
type inventory struct {
	sources []config.Source
	dialer  action.Dialer
	inputs  *inputQueue
	logger  *slog.Logger
	every   time.Duration
	timeout time.Duration

	bus Bus

	mu      sync.Mutex
	told    map[string]*routerv1.Inventory // what was recorded last, by source
	offered map[string]*offering           // what waits to be recorded, by source
	bad     map[string]bool                // sources that could not be read last
}

// offering is an inventory on its way to the engine.
type offering struct {
	inventory *routerv1.Inventory
	taken     chan error // hears of each piece
	left      int        // pieces that were not heard of
	err       error      // of one that was refused
}

func newInventory(opts Options, inputs *inputQueue) *inventory {
	v := &inventory{
		dialer: opts.Dialer, inputs: inputs, logger: opts.Logger,
		every: opts.Config.Leases.ReconcileEvery, timeout: callTimeout(opts.Config.Sources),
		bus: opts.Bus, told: map[string]*routerv1.Inventory{}, offered: map[string]*offering{}, bad: map[string]bool{},
	}
	if !isLimited(opts.Config.Safety) {
		return v // nothing asks for it
	}
	for _, source := range opts.Config.Sources {
		if source.Vendor == eventv1.Vendor_VENDOR_ANODOT {
			v.sources = append(v.sources, source)
		}
	}
	return v
}

// begin reads every account once, so that deciding begins with what safety must
// know, but waits no longer than a few seconds.
func (v *inventory) begin(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, firstInventory)
	defer cancel()
	v.read(ctx)
}

// run reads every account again and again until ctx ends.
func (v *inventory) run(ctx context.Context) {
	if len(v.sources) == 0 {
		return
	}
	for retry.Wait(ctx, v.every) == nil {
		v.read(ctx)
	}
}

func (v *inventory) read(ctx context.Context) {
	var reading sync.WaitGroup
	for _, source := range v.sources {
		reading.Go(func() {
			alerts, err := v.list(ctx, source)
			if ctx.Err() != nil && err != nil && v.isStopping(ctx) {
				return
			}
			v.tell(ctx, source.Name, alerts, err)
		})
	}
	reading.Wait()
}

// isStopping tells an end from a deadline.
func (v *inventory) isStopping(ctx context.Context) bool {
	_, hasDeadline := ctx.Deadline()
	return !hasDeadline
}

func (v *inventory) list(ctx context.Context, source config.Source) ([]*anodotv1.Alert, error) {
	conn, err := v.dialer.Conn(source.Adapter)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, v.timeout)
	defer cancel()
	response, err := anodotv1.NewAnodotServiceClient(conn).ListAlerts(ctx,
		&anodotv1.ListAlertsRequest{Source: source.Name}, grpc.WaitForReady(true))
	return response.GetAlerts(), err
}

// tell offers to the engine what has changed since the last inventory that was
// recorded. While one waits to be, no other is offered.
func (v *inventory) tell(ctx context.Context, source string, alerts []*anodotv1.Alert, err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	wasBad := v.bad[source]
	v.bad[source] = err != nil
	attrs := []any{slog.String("source", source)}
	switch {
	case err != nil && !wasBad:
		v.logger.WarnContext(ctx, "the alerts of an account cannot be read; safety goes by what is known of them",
			append(attrs, slog.String("error", brief(err)))...)
		return
	case err != nil:
		return
	case wasBad:
		v.logger.InfoContext(ctx, "the alerts of an account can be read again", attrs...)
	}
	if !v.isSettled(source) {
		return
	}
	if err := v.offer(source, inventoryOf(source, alerts)); err != nil {
		v.logger.ErrorContext(ctx, "the engine does not hear of the alerts of an account; they are offered again",
			append(attrs, slog.String("error", brief(err)))...)
	}
}

// isSettled reports whether nothing of the source waits to be recorded. What was
// recorded is known from then on; of what was refused in part, nothing is.
func (v *inventory) isSettled(source string) bool {
	o := v.offered[source]
	if o == nil {
		return true
	}
	for o.left > 0 {
		select {
		case err := <-o.taken:
			o.left--
			o.err = errors.Join(o.err, err)
		default:
			return false
		}
	}
	delete(v.offered, source)
	if v.told[source] = o.inventory; o.err != nil {
		delete(v.told, source)
	}
	return true
}

// offer offers what has changed, in pieces that the bus takes.
func (v *inventory) offer(source string, next *routerv1.Inventory) error {
	parts, err := changesOf(v.told[source], next, min(maxPiece, (v.bus.Conn().MaxPayload()-headerRoom)/2), v.bus.Size)
	if err != nil || len(parts) == 0 {
		return err
	}
	o := &offering{inventory: next, taken: make(chan error, len(parts)), left: len(parts)}
	offers := make([]offer, len(parts))
	for i, part := range parts {
		offers[i] = offer{input: &routerv1.Input{Content: &routerv1.Input_Inventory{Inventory: part}}, taken: o.taken}
	}
	if err := v.inputs.add(offers...); err != nil {
		return err
	}
	v.offered[source] = o
	return nil
}

// known is what safety knows of an alert.
func known(alert *anodotv1.Alert) *routerv1.InventoryAlert {
	labels := slices.Clone(alert.GetLabels())
	slices.Sort(labels)
	return &routerv1.InventoryAlert{
		Id: alert.GetId(), Title: alert.GetTitle(), Severity: alert.GetSeverity(), Labels: labels, Paused: alert.GetPaused(),
	}
}

func inventoryOf(source string, alerts []*anodotv1.Alert) *routerv1.Inventory {
	inventory := &routerv1.Inventory{Source: source}
	for _, alert := range alerts {
		inventory.Alerts = append(inventory.Alerts, known(alert))
	}
	slices.SortFunc(inventory.GetAlerts(), func(a, b *routerv1.InventoryAlert) int { return cmp.Compare(a.GetId(), b.GetId()) })
	return inventory
}
