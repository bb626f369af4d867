package bus

import (
	"context"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"
)

// readAtLeader has what is read one by one from a bucket or an object store of
// several copies come from its leader. By default any copy answers, and one that
// lags does not have a record yet that this process has just written: it would be
// taken for none.
func (b *Bus) readAtLeader(ctx context.Context) error {
	names := make([]string, 0, len(b.buckets())+len(objectStores()))
	for _, config := range b.buckets() {
		names = append(names, "KV_"+config.Bucket)
	}
	for name := range objectStores() {
		names = append(names, "OBJ_"+name)
	}
	for _, name := range names {
		if err := b.answerByLeader(ctx, name); err != nil {
			return fmt.Errorf("have reads of %s answered by its leader: %w", name, err)
		}
	}
	return nil
}

func (b *Bus) answerByLeader(ctx context.Context, name string) error {
	stream, err := b.js.Stream(ctx, name)
	if err != nil {
		return err
	}
	config, isDifferent := answeredByLeader(stream.CachedInfo().Config)
	if !isDifferent {
		return nil
	}
	_, err = b.js.UpdateStream(ctx, config)
	return err
}

// answeredByLeader returns the configuration with which only the leader answers,
// and whether that differs. The one copy of a stream is its leader.
func answeredByLeader(config jetstream.StreamConfig) (jetstream.StreamConfig, bool) {
	if config.Replicas < 2 || !config.AllowDirect {
		return config, false
	}
	config.AllowDirect = false
	return config, true
}
