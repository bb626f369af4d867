package bus

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"
)

// young is how old the oldest part may be for the bus to count as new: several
// processes may be creating it at this moment.
const young = time.Minute

// parts tells what the loss of each costs. Who polls is not among them: it is
// kept in memory and lost with every restart of the server.
func parts() map[string]string {
	return map[string]string{
		StreamEvents:            "pollers read the last day again; what is older is lost to explain and backtest",
		StreamDecisions:         "the query service keeps what it has read; nothing is decided again",
		StreamActions:           "the query service keeps what it has read; actions and leases are in their buckets",
		StreamInputs:            "explain takes history as if today's rules had always decided; the rules are in the router's snapshot",
		StreamDead:              "dead letters are lost",
		"KV_" + BucketCursors:   "pollers read their look_back again; events have the ids that they had",
		"KV_" + BucketSources:   "sources list is filled again by the next polls",
		"KV_" + BucketAlerts:    "they are read again with the next polls; until then safety goes by what the router knows",
		"KV_" + BucketLedger:    "it is rebuilt from SIGNALBOX_ACTIONS",
		"KV_" + BucketLeases:    "they are rebuilt from SIGNALBOX_ACTIONS",
		"OBJ_" + StoreSnapshots: "the router goes over the stored events again; nothing is acted on twice",
		"OBJ_" + StoreRules:     "explain does not know earlier rules; the present ones are stored again",
	}
}

// lost returns what is missing of a bus that is in use, nothing for a new one.
func (b *Bus) lost(ctx context.Context) ([]string, error) {
	missing := parts()
	var oldest, now time.Time
	streams := b.js.ListStreams(ctx)
	for info := range streams.Info() {
		if _, isPart := missing[info.Config.Name]; !isPart {
			continue
		}
		delete(missing, info.Config.Name)
		now = info.TimeStamp
		if oldest.IsZero() || info.Created.Before(oldest) {
			oldest = info.Created
		}
	}
	if err := streams.Err(); err != nil {
		return nil, fmt.Errorf("list the streams: %w", err)
	}
	if oldest.IsZero() || now.Sub(oldest) < b.young {
		return nil, nil
	}
	return slices.Sorted(maps.Keys(missing)), nil
}

// tell says of each part that it was lost and what follows from that.
func (b *Bus) tell(ctx context.Context, lost []string) {
	for _, part := range lost {
		b.logger.WarnContext(ctx, "a part of the bus was missing and has been created empty",
			slog.String("part", part), slog.String("effect", parts()[part]))
		b.opts.OnLoss(part)
	}
}
