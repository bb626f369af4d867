package router

import (
	"fmt"
	"maps"
	"slices"

	"google.golang.org/protobuf/proto"

	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
)

// maxPiece bounds the bytes of one recorded piece of an inventory, whatever the bus
// takes.
const maxPiece = 512 << 10

// pieces cut an inventory so that each is no longer than limit.
type pieces struct {
	source string
	limit  int64
	size   func(proto.Message) (int, error) // of what is published
	list   []*routerv1.Inventory
	bytes  int64 // of the last
}

// changesOf returns what tells of next to those who know before (nil: nothing), in
// pieces no longer than limit: all of it, or what has changed, in the order of the
// ids. There is none where nothing has. Of an alert that is longer by itself only
// the id and whether it is paused are told: what else it says is read before it is
// touched.
func changesOf(
	source string, before, next alertSet, limit int64, size func(proto.Message) (int, error),
) ([]*routerv1.Inventory, error) {
	p := &pieces{source: source, limit: limit, size: size}
	if before == nil {
		p.list = append(p.list, &routerv1.Inventory{Source: source}) // what is known is replaced, also by nothing
	}
	for _, id := range slices.Sorted(maps.Keys(next)) {
		alert := next[id]
		if was := before[id]; was != nil && proto.Equal(was, alert) {
			continue
		}
		if err := p.alert(alert); err != nil {
			return nil, err
		}
	}
	for _, id := range slices.Sorted(maps.Keys(before)) {
		if _, isThere := next[id]; !isThere {
			p.gone(id)
		}
	}
	return p.list, nil
}

// alert puts an alert into the last piece that has room.
func (p *pieces) alert(alert *routerv1.InventoryAlert) error {
	bytes, err := p.size(&routerv1.Inventory{Alerts: []*routerv1.InventoryAlert{alert}})
	if err != nil {
		return fmt.Errorf("measure alert %.64q: %w", alert.GetId(), err)
	}
	if int64(bytes) > p.limit {
		alert = &routerv1.InventoryAlert{Id: alert.GetId(), Paused: alert.GetPaused()}
		bytes = len(alert.GetId())
	}
	piece := p.room(int64(bytes))
	piece.Alerts = append(piece.Alerts, alert)
	return nil
}

func (p *pieces) gone(id string) {
	piece := p.room(int64(len(id)) + 8)
	piece.Gone = append(piece.Gone, id)
}

// room returns a piece that takes so many bytes more: the last, or another one.
func (p *pieces) room(bytes int64) *routerv1.Inventory {
	if len(p.list) == 0 || p.bytes > 0 && p.bytes+bytes > p.limit {
		p.list = append(p.list, &routerv1.Inventory{Source: p.source, Changes: true})
		p.bytes = 0
	}
	p.bytes += bytes
	return p.list[len(p.list)-1]
}
