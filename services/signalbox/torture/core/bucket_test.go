package core_test

import (
	"context"
	"slices"
	"sync"

	"github.com/nats-io/nats.go/jetstream"
)

// bucket is what a bucket of the bus holds. It outlives the processes.
type bucket struct {
	name string

	mu       sync.Mutex
	revision uint64
	entries  map[string]entry
}

type entry struct {
	jetstream.KeyValueEntry

	key      string
	value    []byte
	revision uint64
}

func (e entry) Key() string      { return e.key }
func (e entry) Value() []byte    { return e.value }
func (e entry) Revision() uint64 { return e.revision }

func (e entry) Operation() jetstream.KeyValueOp { return jetstream.KeyValuePut }

func (b *bucket) get(key string) (entry, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	e, found := b.entries[key]
	if !found {
		return e, jetstream.ErrKeyNotFound
	}
	return e, nil
}

// put stores the value if the key is at the revision, 0 where it is not there;
// anyRevision stores it whatever is there.
func (b *bucket) put(key string, value []byte, at uint64) (uint64, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch at {
	case anyRevision, b.entries[key].revision:
	case 0:
		return 0, jetstream.ErrKeyExists
	default:
		return 0, jetstream.ErrKeyRevisionMismatch
	}
	b.revision++
	b.entries[key] = entry{key: key, value: slices.Clone(value), revision: b.revision}
	return b.revision, nil
}

const anyRevision = ^uint64(0)

func (b *bucket) all() []entry {
	b.mu.Lock()
	defer b.mu.Unlock()
	var list []entry
	for _, e := range b.entries {
		list = append(list, e)
	}
	slices.SortFunc(list, func(a, b entry) int { return int(a.revision) - int(b.revision) })
	return list
}

// view is the bucket as one process reaches it: each write may go wrong.
type view struct {
	jetstream.KeyValue

	bucket *bucket
	life   *life
}

func (v view) Get(ctx context.Context, key string) (jetstream.KeyValueEntry, error) {
	if err := v.life.alive(ctx); err != nil {
		return nil, err
	}
	e, err := v.bucket.get(key)
	if err != nil {
		return nil, err
	}
	return e, nil
}

func (v view) write(ctx context.Context, key string, value []byte, at uint64) (revision uint64, err error) {
	failed := v.life.write(ctx, v.bucket.name+" "+key, func() { revision, err = v.bucket.put(key, value, at) })
	if failed != nil {
		return 0, failed
	}
	return revision, err
}

func (v view) Create(ctx context.Context, key string, value []byte, _ ...jetstream.KVCreateOpt) (uint64, error) {
	return v.write(ctx, key, value, 0)
}

func (v view) Update(ctx context.Context, key string, value []byte, revision uint64) (uint64, error) {
	return v.write(ctx, key, value, revision)
}

func (v view) PutString(ctx context.Context, key, value string) (uint64, error) {
	return v.write(ctx, key, []byte(value), anyRevision)
}

// Status tells the last revision.
func (v view) Status(ctx context.Context) (jetstream.KeyValueStatus, error) {
	v.bucket.mu.Lock()
	defer v.bucket.mu.Unlock()
	return bucketStatus{last: v.bucket.revision}, v.life.alive(ctx)
}

type bucketStatus struct {
	jetstream.KeyValueStatus

	last uint64
}

func (s bucketStatus) StreamInfo() *jetstream.StreamInfo {
	return &jetstream.StreamInfo{State: jetstream.StreamState{LastSeq: s.last}}
}

func (v view) Bucket() string { return v.bucket.name }

// WatchAll tells of what is there.
func (v view) WatchAll(ctx context.Context, _ ...jetstream.WatchOpt) (jetstream.KeyWatcher, error) {
	if err := v.life.alive(ctx); err != nil {
		return nil, err
	}
	all := v.bucket.all()
	w := watcher{updates: make(chan jetstream.KeyValueEntry, len(all)+1)}
	for _, e := range all {
		w.updates <- e
	}
	w.updates <- nil
	return w, nil
}

type watcher struct {
	jetstream.KeyWatcher

	updates chan jetstream.KeyValueEntry
}

func (w watcher) Updates() <-chan jetstream.KeyValueEntry { return w.updates }
func (w watcher) Stop() error                             { return nil }
