package query

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"google.golang.org/protobuf/proto"

	queryv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/query/v1"
	sourcev1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/source/v1"
)

const (
	// busTime bounds what is read from the bus: the bucket of the sources, one
	// dead letter.
	busTime = 5 * time.Second

	notPolled       = "not polled yet"
	unreadableState = "its state on the bus cannot be read; the next poll writes it again"
)

// ListSources returns the sources by name: those of this process's
// configuration, and those that pollers elsewhere have told of. A configured
// one that was never polled says so in its error.
func (s *Server) ListSources(ctx context.Context, _ *queryv1.ListSourcesRequest) (*queryv1.ListSourcesResponse, error) {
	told, err := s.toldSources(ctx)
	if err != nil {
		s.logger.WarnContext(ctx, "states of the sources cannot be read", slog.Any("error", err))
		return nil, busAway("the states of the sources")
	}
	for _, source := range s.sources {
		if told[source.Name] == nil {
			told[source.Name] = &sourcev1.Source{Name: source.Name, Vendor: source.Vendor, Error: notPolled}
		}
	}
	list := make([]*sourcev1.Source, 0, len(told))
	for _, source := range told {
		list = append(list, source)
	}
	slices.SortFunc(list, func(a, b *sourcev1.Source) int { return cmp.Compare(a.GetName(), b.GetName()) })
	return &queryv1.ListSourcesResponse{Sources: list}, nil
}

// toldSources returns what the pollers have told, by name of the source.
func (s *Server) toldSources(ctx context.Context) (map[string]*sourcev1.Source, error) {
	ctx, cancel := context.WithTimeout(ctx, busTime)
	defer cancel()
	reader, err := s.bus.Sources().WatchAll(ctx, jetstream.IgnoreDeletes())
	if err != nil {
		return nil, err
	}
	defer reader.Stop() //nolint:errcheck // the watch ends with ctx at the latest
	told := map[string]*sourcev1.Source{}
	for {
		select {
		case entry, ok := <-reader.Updates():
			if !ok || entry == nil { // nil comes after the last one
				return told, ctx.Err()
			}
			told[entry.Key()] = readSource(entry)
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// readSource decodes one state; the key is what names the source.
func readSource(entry jetstream.KeyValueEntry) *sourcev1.Source {
	source := &sourcev1.Source{}
	if err := proto.Unmarshal(entry.Value(), source); err != nil {
		return &sourcev1.Source{Name: entry.Key(), Error: unreadableState}
	}
	source.Name = entry.Key()
	return source
}
