package router

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// snapshotName is the object that holds the snapshot. Each shard of the rules
// has one of its own; there is one shard.
const snapshotName = "router"

// snapshotFormat changes with the meaning of the header. The first one had no
// doubt, the second no inputs; both are still read.
const snapshotFormat = 3

const (
	storeTime = 10 * time.Second
	loadTime  = 30 * time.Second
)

// position is a place on a stream: after the message of that sequence.
type position struct {
	// Sequence of the last message that counts as taken; 0 before the first.
	Sequence uint64 `json:"sequence"`
	// Stored is when the stream stored that message; zero if it is not known.
	Stored time.Time `json:"stored,omitzero"`
	// Created is when the stream was created.
	Created time.Time `json:"created,omitzero"`
}

// snapshot is what the router remembers over a restart: the engine's state, the
// event and the input up to which it was reached, and where the decisions ended
// that were made until then.
type snapshot struct {
	Format    int      `json:"format"`
	Events    position `json:"events"`
	Decisions position `json:"decisions"`
	// Inputs is the last input that the engine has taken.
	Inputs position `json:"inputs,omitzero"`
	// RuleSet is the version of the rules by which the events were decided.
	RuleSet string `json:"rule_set"`
	// Doubt is why later events may have been decided otherwise.
	Doubt doubt `json:"doubt,omitempty"`
	// Engine is its state; it follows the header's line.
	Engine []byte `json:"-"`
}

// errDamaged is returned for a snapshot or a rule set that cannot be read,
// whoever made it.
var errDamaged = errors.New("what is kept is damaged")

// marshal writes the header on one line, then the engine's state.
func (s snapshot) marshal() ([]byte, error) {
	s.Format = snapshotFormat
	header, err := json.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("encode snapshot: %w", err)
	}
	return append(append(header, '\n'), s.Engine...), nil
}

func unmarshalSnapshot(data []byte) (snapshot, error) {
	var s snapshot
	header, state, found := bytes.Cut(data, []byte{'\n'})
	if !found {
		return s, fmt.Errorf("%w: it has no header", errDamaged)
	}
	if err := json.Unmarshal(header, &s); err != nil {
		return s, fmt.Errorf("%w: read its header: %w", errDamaged, err)
	}
	if s.Format < 1 || s.Format > snapshotFormat {
		return s, fmt.Errorf("%w: its format is %d, this program knows 1 to %d", errDamaged, s.Format, snapshotFormat)
	}
	s.Engine = state
	return s, nil
}

// storeSnapshot replaces the snapshot and returns its length. Until it is
// stored whole, the one before is what would be loaded.
func storeSnapshot(ctx context.Context, store jetstream.ObjectStore, s snapshot) (int, error) {
	data, err := s.marshal()
	if err != nil {
		return 0, err
	}
	ctx, cancel := context.WithTimeout(ctx, storeTime)
	defer cancel()
	_, err = store.Put(ctx, jetstream.ObjectMeta{
		Name: snapshotName, Description: "State of the router's engine",
	}, bytes.NewReader(data))
	if err != nil {
		return 0, fmt.Errorf("store snapshot: %w", err)
	}
	return len(data), nil
}

// loadSnapshot returns the snapshot, jetstream.ErrObjectNotFound if there is
// none, errDamaged if it cannot be read, or what keeps the bus from answering.
func loadSnapshot(ctx context.Context, store jetstream.ObjectStore) (snapshot, error) {
	data, err := loadObject(ctx, store, snapshotName)
	switch {
	case err == nil:
		return unmarshalSnapshot(data)
	case errors.Is(err, jetstream.ErrObjectNotFound):
		return snapshot{}, err
	case errors.Is(err, errDamaged):
		return snapshot{}, err
	default:
		return snapshot{}, fmt.Errorf("load snapshot: %w", err)
	}
}

// loadObject returns what the object holds, jetstream.ErrObjectNotFound, or
// errDamaged for one that cannot be read though the bus is there.
func loadObject(ctx context.Context, store jetstream.ObjectStore, name string) ([]byte, error) {
	data, err := readObject(ctx, store, name)
	switch {
	case err == nil, errors.Is(err, jetstream.ErrObjectNotFound):
		return data, err
	case errors.Is(err, jetstream.ErrDigestMismatch):
		return nil, fmt.Errorf("%w: %w", errDamaged, err)
	}
	// Parts that are missing are waited for until the time is over. If the bus
	// answers, it is not the bus.
	request, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	if _, infoErr := store.GetInfo(request, name); infoErr != nil {
		return nil, errors.Join(err, infoErr)
	}
	return nil, fmt.Errorf("%w: %w", errDamaged, err)
}

func readObject(ctx context.Context, store jetstream.ObjectStore, name string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, loadTime)
	defer cancel()
	return store.GetBytes(ctx, name)
}
