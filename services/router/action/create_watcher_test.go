package action_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	"github.com/signalbox-io/signalbox/pkg/rpc"
)

const watcherName = "bots on shop [sb-1a2b3c]"

func TestWatcher_IsCreatedOncePerName(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	p := r.start(t)
	p.ask(createWatcher("first", watcherName))
	a := p.reaches("first", done)
	require.Equal(t, "created watcher 1", a.GetDetail())
	require.Equal(t, "absent", a.GetStateBefore())
	p.ask(createWatcher("second", watcherName))
	require.Equal(t, "exists already", p.reaches("second", done).GetDetail())
	require.Equal(t, []string{"create " + watcherName}, r.vendor.happened())
	require.Equal(t, []string{"shop"}, r.vendor.watchers[0].GetChips())
	require.True(t, r.vendor.watchers[0].GetAlert())
}

// The name may tell of the event; the suffix tells of the key.
func TestWatcher_IsFoundByItsSuffixWhateverItsName(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.vendor.script("create", func(ctx context.Context, apply func()) error {
		until(t, "the second waits for the first", func() bool { return r.vendor.called("list") == 1 })
		return ok(ctx, apply)
	}, ok)
	p := r.start(t)
	p.ask(createWatcher("first", "bots 0.91 [sb-abcdef]"))
	p.ask(createWatcher("second", "bots 0.92 [sb-abcdef]"))
	require.Equal(t, "exists already", p.reaches("second", done).GetDetail())
	p.ask(createWatcher("other", "bots 0.91 [sb-ghijkl]"))
	p.ask(createWatcher("bare", "bots 0.91"))
	p.reaches("bare", done)
	p.reaches("other", done)
	require.ElementsMatch(t,
		[]string{"create bots 0.91 [sb-abcdef]", "create bots 0.91 [sb-ghijkl]", "create bots 0.91"}, r.vendor.happened())
}

// One deleted by hand stays deleted for the firing that made it, and the next
// firing of the rule, after its cooldown, makes another.
func TestWatcher_DeletedByHandIsMadeAgainByTheNextFiringOnly(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.vendor.script("create", lose(unknownOutcome()), ok)
	r.vendor.script("list", ok, refuse(unavailable()))
	p := r.start(t)
	p.ask(createWatcher("first", watcherName))
	until(t, "it is read back", func() bool { return r.vendor.called("list") > 1 })
	r.vendor.deleteWatchers()
	r.vendor.script("list", ok)
	require.Equal(t, "created and deleted since, as the vendor tells when read back", p.reaches("first", done).GetDetail())
	require.Len(t, r.vendor.happened(), 1)

	p.ask(createWatcher("second", watcherName))
	a := p.reaches("second", done)
	require.Equal(t, "created watcher 2", a.GetDetail())
	require.Equal(t, "deleted", a.GetStateBefore())
	require.Len(t, r.vendor.happened(), 2)
}

func TestWatcher_SettlesEveryFault(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	p := r.start(t)
	for name, test := range map[string]struct {
		fault  fault
		detail string
	}{
		"rate limited":         {refuse(reason(codes.ResourceExhausted, "RATE_LIMITED")), "created watcher "},
		"circuit open":         {refuse(reason(codes.Unavailable, "CIRCUIT_OPEN")), "created watcher "},
		"connection refused":   {refuse(unavailable()), "created watcher "},
		"unclear, not applied": {refuse(unknownOutcome()), "created watcher "},
		"unclear, applied":     {lose(unknownOutcome()), "created, as the vendor tells when read back"},
		"overdue":              {refuse(overdue()), "created watcher "},
	} {
		t.Run(name, func(t *testing.T) {
			r.vendor.script("create", test.fault, ok)
			before := len(r.vendor.happened())
			p.ask(createWatcher("w-"+bare(name), name))
			a := p.ends("w-" + bare(name))
			require.Equal(t, done, a.GetState())
			require.Contains(t, a.GetDetail(), test.detail)
			require.Equal(t, []string{"create " + name}, r.vendor.happened()[before:])
		})
	}
}

// Creating is not idempotent at the vendor. A call that was cut off may still
// arrive, so nothing is created again while it can.
func TestWatcher_IsNotCreatedAgainWhileTheFirstMayStillArrive(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	comes := make(chan struct{})
	var applied sync.WaitGroup
	r.vendor.script("create", late(comes, &applied), ok)
	p := r.start(t)
	p.ask(createWatcher("w", watcherName))
	until(t, "it is looked for", func() bool { return r.vendor.called("list") > 4 })
	require.Equal(t, 1, r.vendor.called("create"))
	close(comes)
	applied.Wait()
	require.Equal(t, "created, as the vendor tells when read back", p.reaches("w", done).GetDetail())
	require.Len(t, r.vendor.happened(), 1)
}

func TestWatcher_RefusedFails(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.vendor.script("create", refuse(rpc.FieldViolation("chips", "holds a comma")))
	p := r.start(t)
	p.ask(createWatcher("w", watcherName))
	require.Equal(t, "chips: holds a comma", p.reaches("w", failed).GetDetail())
}

func TestWatcher_IsGivenUpAfterADay(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		call   string
		faults []fault
		detail string
	}{
		"never read":   {"list", []fault{refuse(unavailable())}, "given up after 24h0m0s: connection refused"},
		"rate limited": {"create", []fault{refuse(reason(codes.ResourceExhausted, "RATE_LIMITED"))}, "given up after 24h0m0s: vendor says RATE_LIMITED"},
		"never there":  {"create", []fault{refuse(unknownOutcome())}, "given up after 24h0m0s: vendor says OUTCOME_UNKNOWN"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.vendor.script(test.call, test.faults...)
			p := r.start(t)
			p.ask(createWatcher("w", watcherName))
			until(t, "it was tried", func() bool { return p.stateOf("w").GetDetail() != "" })
			r.clock.advance(24 * time.Hour)
			until(t, "a call under way cannot arrive any more", func() bool {
				r.clock.advance(100 * time.Millisecond)
				return p.isFinal("w")
			})
			require.Equal(t, test.detail, p.reaches("w", failed).GetDetail())
			require.Empty(t, r.vendor.happened())
		})
	}
}

func TestWatcher_GivenUpUnreadSaysThatItMayBeThere(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.vendor.script("create", lose(unknownOutcome()))
	r.vendor.script("list", ok, refuse(unavailable()))
	p := r.start(t)
	p.ask(createWatcher("w", watcherName))
	until(t, "it is read back", func() bool { return r.vendor.called("list") > 3 })
	r.clock.advance(24 * time.Hour)
	require.Contains(t, p.reaches("w", failed).GetDetail(), "; it may have been done")
}
