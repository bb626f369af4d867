package router

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/router/retry"
	"github.com/signalbox-io/signalbox/services/router/rule"
)

const (
	// maxKeptSets bounds the rule sets that are kept, however often rules change.
	maxKeptSets = 1000
	// keepSetsFor is as long as the stream keeps decisions.
	keepSetsFor = 90 * 24 * time.Hour
)

// errNoSet is returned for a version of which no rule set is kept, or one that
// this program does not read as it was.
var errNoSet = errors.New("no such rule set is kept")

// archive keeps every rule set that has decided, with its files, under its
// version: to go over the stream again as it was decided, and to show what
// decided. It is safe for concurrent use.
type archive struct{ bus Bus }

// keep stores the set, before it decides.
func (a archive) keep(ctx context.Context, rules *Rules, since time.Time, by string) (*routerv1.RuleSet, error) {
	set := &routerv1.RuleSet{
		Version: rules.Version(), Rules: rules.summaries(), Since: timestamppb.New(since), By: by,
	}
	for _, file := range rules.files {
		set.Files = append(set.Files, &routerv1.RulesText{Name: file.Name, Text: file.Data})
	}
	data, err := proto.Marshal(set)
	if err != nil {
		return nil, fmt.Errorf("encode rule set %s: %w", set.GetVersion(), err)
	}
	ctx, cancel := context.WithTimeout(ctx, storeTime)
	defer cancel()
	if _, err := a.bus.Rules().PutBytes(ctx, set.GetVersion(), data); err != nil {
		return nil, fmt.Errorf("keep rule set %s: %w", set.GetVersion(), err)
	}
	return set, nil
}

// find returns the set as it is kept, or errNoSet.
func (a archive) find(ctx context.Context, version string) (*routerv1.RuleSet, error) {
	if version == "" {
		return nil, errNoSet
	}
	data, err := loadObject(ctx, a.bus.Rules(), version)
	switch {
	case errors.Is(err, jetstream.ErrObjectNotFound), errors.Is(err, errDamaged):
		return nil, fmt.Errorf("%w: %s: %w", errNoSet, version, err)
	case err != nil:
		return nil, fmt.Errorf("read rule set %s: %w", version, err)
	}
	set := &routerv1.RuleSet{}
	if err := proto.Unmarshal(data, set); err != nil {
		return nil, fmt.Errorf("%w: %s: %w", errNoSet, version, err)
	}
	return set, nil
}

// load returns the set as it decided, or errNoSet. Sources that its actions
// name may be gone by now.
func (a archive) load(ctx context.Context, version string) (*Rules, error) {
	set, err := a.find(ctx, version)
	if err != nil {
		return nil, err
	}
	rules, err := rulesOf(set)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: %s: %w", errNoSet, version, err)
	case rules.Version() != version:
		return nil, fmt.Errorf("%w: %s reads as %s", errNoSet, version, rules.Version())
	default:
		return rules, nil
	}
}

func rulesOf(set *routerv1.RuleSet) (*Rules, error) {
	files := make([]rule.File, 0, len(set.GetFiles()))
	for _, file := range set.GetFiles() {
		files = append(files, rule.File{Name: file.GetName(), Data: file.GetText()})
	}
	return compile(files, rule.Catalog{})
}

// purge removes sets that decided nothing since before, and the oldest beyond
// the bound; never the running one.
func (a archive) purge(ctx context.Context, before time.Time, running string) (int, error) {
	kept, err := a.bus.Rules().List(ctx)
	if errors.Is(err, jetstream.ErrNoObjectsFound) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("list rule sets: %w", err)
	}
	// The latest first: a set decided until the next later one was stored.
	slices.SortFunc(kept, func(x, y *jetstream.ObjectInfo) int {
		return cmp.Or(y.ModTime.Compare(x.ModTime), cmp.Compare(x.Name, y.Name))
	})
	purged := 0
	for i, info := range kept {
		isOver := i > 0 && kept[i-1].ModTime.Before(before)
		if info.Name == running || !isOver && i < maxKeptSets {
			continue
		}
		if err := a.bus.Rules().Delete(ctx, info.Name); err != nil {
			return purged, fmt.Errorf("remove rule set %s: %w", info.Name, err)
		}
		purged++
	}
	return purged, nil
}

// ensureKept makes sure that the rules that shall decide are kept.
func (l *loop) ensureKept(ctx context.Context) error {
	if l.keeping.GetVersion() == l.wanted.Version() {
		return nil
	}
	set, err := l.archive.find(ctx, l.wanted.Version())
	if errors.Is(err, errNoSet) {
		set, err = l.archive.keep(ctx, l.wanted, time.Now(), byStart)
	}
	if err == nil {
		l.keeping = set
	}
	return err
}

// keep stores the rules of a switch, before it is recorded; those that were
// stored for it just now stay as they are. It repeats that until ctx ends.
func (l *loop) keep(ctx context.Context, rules *Rules, by string) error {
	if l.isUnnamed && l.keeping.GetVersion() == rules.Version() {
		return nil
	}
	return retry.Do(ctx, l.logger, "keep rule set "+rules.Version(), func(ctx context.Context) error {
		set, err := l.archive.keep(ctx, rules, time.Now(), by)
		if err == nil {
			l.keeping = set
		}
		return err
	})
}
