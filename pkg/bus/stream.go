package bus

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Streams.
const (
	StreamEvents    = "SIGNALBOX_EVENTS"
	StreamDecisions = "SIGNALBOX_DECISIONS"
	StreamActions   = "SIGNALBOX_ACTIONS"
	StreamInputs    = "SIGNALBOX_INPUTS"
	StreamDead      = "SIGNALBOX_DEAD"
)

// Buckets and object stores.
const (
	BucketCursors  = "SIGNALBOX_CURSORS"
	BucketSources  = "SIGNALBOX_SOURCES"
	BucketPollers  = "SIGNALBOX_POLLERS"
	BucketAlerts   = "SIGNALBOX_ALERTS"
	BucketLedger   = "SIGNALBOX_LEDGER"
	BucketLeases   = "SIGNALBOX_LEASES"
	StoreSnapshots = "SIGNALBOX_SNAPSHOTS"
	StoreRules     = "SIGNALBOX_RULES"
)

// dedupWindow is how long a stream remembers message ids. It covers what a
// poller may publish again after a crash; longer absences are covered by the
// ids that the poller's cursor keeps.
const dedupWindow = 2 * time.Hour

// retention is how long streams keep messages.
const retention = 90 * 24 * time.Hour

// streams returns what the bus needs. Full streams refuse new messages
// (DiscardNew), so that pollers wait instead of losing old ones. Every stream
// writes to the file before it acknowledges (no asynchronous persist mode): a
// cursor moves on an acknowledgement, so what was acknowledged must survive
// the server being killed.
func streams(replicas int, limits map[string]Limits) []jetstream.StreamConfig {
	base := func(name, description, subject string) jetstream.StreamConfig {
		config := jetstream.StreamConfig{
			Name: name, Description: description, Subjects: []string{subject},
			Retention: jetstream.LimitsPolicy, Discard: jetstream.DiscardNew, Storage: jetstream.FileStorage,
			MaxAge: retention, MaxBytes: -1, Duplicates: dedupWindow, Replicas: replicas,
			Compression: jetstream.S2Compression, AllowDirect: true,
		}
		limits[name].apply(&config)
		return config
	}
	actions := base(StreamActions, "Every state of every action and lease", AllActions)
	actions.Subjects = append(actions.Subjects, AllLeases)
	inputs := base(StreamInputs, "What decisions depend on besides events, at its place among them", AllInputs)
	inputs.AllowDirect = false // the leader answers: a copy may not have the last one yet
	return []jetstream.StreamConfig{
		base(StreamEvents, "Normalized events of every source", AllEvents),
		base(StreamDecisions, "What the router decided and why", AllDecisions),
		actions,
		inputs,
		base(StreamDead, "What could not be decoded, decided or done", AllDead),
	}
}

// create creates what is missing, and says what has been lost.
func (b *Bus) create(ctx context.Context) error {
	lost, err := b.lost(ctx)
	if err != nil {
		return err
	}
	for _, config := range streams(b.opts.Replicas, b.opts.Limits) {
		if err := b.ensureStream(ctx, config); err != nil {
			return err
		}
	}
	for _, config := range b.buckets() {
		if _, err := b.ensureBucket(ctx, config); err != nil {
			return err
		}
	}
	for name, description := range objectStores() {
		if _, err := b.ensureObjectStore(ctx, name, description); err != nil {
			return err
		}
	}
	b.tell(ctx, lost)
	return b.readAtLeader(ctx)
}

func objectStores() map[string]string {
	return map[string]string{
		StoreSnapshots: "Snapshots of the router's state",
		StoreRules:     "Every set of rules that has decided, by its version",
	}
}

// buckets returns what the bus needs. Who polls is kept in memory: it is renewed
// every few seconds, and of no use to a server that was away for longer.
func (b *Bus) buckets() []jetstream.KeyValueConfig {
	base := func(name, description string) jetstream.KeyValueConfig {
		return jetstream.KeyValueConfig{Bucket: name, Description: description, History: 1, Replicas: b.opts.Replicas}
	}
	pollers := base(BucketPollers, "Which process polls each source")
	pollers.Storage = jetstream.MemoryStorage
	return []jetstream.KeyValueConfig{
		base(BucketCursors, "Where each poller goes on"),
		base(BucketSources, "How each source does"),
		base(BucketAlerts, "Every alert of each source as it was last read"),
		base(BucketLedger, "Every action as it stands"),
		base(BucketLeases, "Every lease as it stands"),
		pollers,
	}
}

// ensure creates what is missing and opens the buckets.
func (b *Bus) ensure(ctx context.Context) error {
	if err := b.create(ctx); err != nil {
		return err
	}
	for name, bucket := range map[string]*jetstream.KeyValue{
		BucketCursors: &b.cursors, BucketSources: &b.sources, BucketPollers: &b.pollers,
		BucketAlerts: &b.alerts, BucketLedger: &b.ledger, BucketLeases: &b.leases,
	} {
		opened, err := b.js.KeyValue(ctx, name)
		if err != nil {
			return fmt.Errorf("open bucket %s: %w", name, err)
		}
		*bucket = opened
	}
	for name, store := range map[string]*jetstream.ObjectStore{StoreSnapshots: &b.snapshots, StoreRules: &b.rules} {
		opened, err := b.js.ObjectStore(ctx, name)
		if err != nil {
			return fmt.Errorf("open object store %s: %w", name, err)
		}
		*store = opened
	}
	return nil
}

// ensureStream creates the stream if it is missing and leaves an existing one
// as the operator wants it, but for limits that are configured.
func (b *Bus) ensureStream(ctx context.Context, config jetstream.StreamConfig) error {
	_, err := b.js.CreateStream(ctx, config)
	if errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) {
		return b.limit(ctx, config.Name)
	}
	if err != nil {
		return fmt.Errorf("create stream %s: %w", config.Name, err)
	}
	return nil
}

func (b *Bus) ensureBucket(ctx context.Context, config jetstream.KeyValueConfig) (jetstream.KeyValue, error) {
	bucket, err := b.js.KeyValue(ctx, config.Bucket)
	if err == nil {
		return bucket, nil
	}
	bucket, err = b.js.CreateKeyValue(ctx, config)
	if errors.Is(err, jetstream.ErrBucketExists) { // another process was quicker
		bucket, err = b.js.KeyValue(ctx, config.Bucket)
	}
	if err != nil {
		return nil, fmt.Errorf("create bucket %s: %w", config.Bucket, err)
	}
	return bucket, nil
}

func (b *Bus) ensureObjectStore(ctx context.Context, name, description string) (jetstream.ObjectStore, error) {
	store, err := b.js.ObjectStore(ctx, name)
	if err == nil {
		return store, nil
	}
	store, err = b.js.CreateObjectStore(ctx, jetstream.ObjectStoreConfig{
		Bucket: name, Description: description, Replicas: b.opts.Replicas,
	})
	if errors.Is(err, jetstream.ErrBucketExists) {
		store, err = b.js.ObjectStore(ctx, name)
	}
	if err != nil {
		return nil, fmt.Errorf("create object store %s: %w", name, err)
	}
	return store, nil
}
