package claim_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/bus"
	"github.com/signalbox-io/signalbox/pkg/bus/bustest"
	"github.com/signalbox-io/signalbox/pkg/claim"
)

const (
	staleAfter = 300 * time.Millisecond
	patience   = 90 * time.Second
)

// newClaim is the view of one more process.
func newClaim(b *bus.Bus, change ...func(*claim.Options)) *claim.Claim {
	opts := claim.Options{
		Bucket: b.Cursors, Key: "_test", Holder: claim.Holder(), Address: "host:1", StaleAfter: staleAfter, HeldFor: staleAfter / 2,
	}
	for _, f := range change {
		f(&opts)
	}
	return claim.New(opts)
}

func take(t *testing.T, c *claim.Claim) bool {
	t.Helper()
	isOurs, err := c.Take(t.Context())
	require.NoError(t, err)
	return isOurs
}

func awaitTaken(t *testing.T, c *claim.Claim) {
	t.Helper()
	require.Eventually(t, func() bool { return take(t, c) }, patience, 10*time.Millisecond)
}

func TestClaim_IsOfOneAndOfTheNextWhenItIsGivenBack(t *testing.T) {
	t.Parallel()
	b := bustest.New(t)
	lasting := func(o *claim.Options) { o.StaleAfter, o.HeldFor = 2*time.Hour, time.Hour }
	one, other := newClaim(b, lasting), newClaim(b, lasting)
	require.True(t, take(t, one))
	require.True(t, one.IsHeld())
	one.Number(7)
	isOurs, err := one.Renew(t.Context())
	require.NoError(t, err)
	require.True(t, isOurs)
	require.False(t, take(t, other))
	require.False(t, other.IsHeld())
	require.EqualValues(t, 7, other.Other().GetEpoch())
	require.Equal(t, "host:1", other.Other().GetAddress())

	one.Release(t.Context())
	require.False(t, one.IsHeld())
	require.True(t, take(t, other))
	require.Nil(t, other.Other())
	require.False(t, other.IsStolen())
	isOurs, err = one.Renew(t.Context())
	require.NoError(t, err)
	require.False(t, isOurs, "it is another's by now")
}

func TestClaim_OfOneWhoIsNotHeardOfIsTakenOver(t *testing.T) {
	t.Parallel()
	b := bustest.New(t)
	one, other := newClaim(b), newClaim(b)
	require.True(t, take(t, one))
	require.False(t, take(t, other))
	awaitTaken(t, other)
	require.False(t, one.IsHeld(), "it knows before another one takes over")
	require.True(t, other.IsStolen())
	isOurs, err := one.Renew(t.Context())
	require.NoError(t, err)
	require.False(t, isOurs)
	require.False(t, take(t, one))
}

func TestClaim_ThatIsRenewedIsNotTakenOver(t *testing.T) {
	t.Parallel()
	b := bustest.New(t)
	one, other := newClaim(b, func(o *claim.Options) { o.StaleAfter = time.Hour }), newClaim(b)
	require.True(t, take(t, one))
	for began := time.Now(); time.Since(began) < 2*staleAfter; {
		isOurs, err := one.Renew(t.Context())
		require.NoError(t, err)
		require.True(t, isOurs)
		require.False(t, take(t, other))
	}
}

func TestClaim_OfTheSameInstanceIsTakenAtTheFirstLook(t *testing.T) {
	t.Parallel()
	b := bustest.New(t)
	here := func(o *claim.Options) { o.Instance, o.StaleAfter = "here", time.Hour }
	require.True(t, take(t, newClaim(b, here)))
	require.False(t, take(t, newClaim(b, func(o *claim.Options) { o.Instance, o.StaleAfter = "there", time.Hour })))
	again := newClaim(b, here)
	require.True(t, take(t, again))
	require.False(t, again.IsStolen(), "its holder is dead")

	// Two that live and share it by mistake do not take it from each other.
	third := newClaim(b, here)
	require.True(t, take(t, third))
	isOurs, err := again.Renew(t.Context())
	require.NoError(t, err)
	require.False(t, isOurs)
	require.False(t, take(t, again))
}

// A claim that the server has lost is still somebody's.
func TestClaim_ThatIsLostIsWrittenAgainByItsHolder(t *testing.T) {
	t.Parallel()
	b := bustest.New(t)
	hour := func(o *claim.Options) { o.StaleAfter = time.Hour }
	one, other := newClaim(b), newClaim(b, hour)
	require.True(t, take(t, one))
	require.False(t, take(t, other))
	require.NoError(t, b.Cursors().Purge(t.Context(), "_test"))
	require.False(t, take(t, other))
	isOurs, err := one.Renew(t.Context())
	require.NoError(t, err)
	require.True(t, isOurs)
	require.False(t, take(t, other))
}

// mute is a bucket that takes what is written and says that it is away.
type mute struct {
	jetstream.KeyValue
	isMute bool
}

var errAway = errors.New("no responders")

func (m *mute) Create(ctx context.Context, key string, value []byte, opts ...jetstream.KVCreateOpt) (uint64, error) {
	revision, err := m.KeyValue.Create(ctx, key, value, opts...)
	if m.isMute {
		return 0, errAway
	}
	return revision, err
}

func (m *mute) Update(ctx context.Context, key string, value []byte, last uint64) (uint64, error) {
	revision, err := m.KeyValue.Update(ctx, key, value, last)
	if m.isMute {
		return 0, errAway
	}
	return revision, err
}

func TestClaim_IsOursThoughWeWereNotTold(t *testing.T) {
	t.Parallel()
	b := bustest.New(t)
	bucket := &mute{KeyValue: b.Cursors(), isMute: true}
	c := newClaim(b, func(o *claim.Options) { o.Bucket = func() jetstream.KeyValue { return bucket } })
	_, err := c.Take(t.Context())
	require.ErrorIs(t, err, errAway)
	require.False(t, c.IsHeld())
	bucket.isMute = false
	require.True(t, take(t, c))
	bucket.isMute = true
	_, err = c.Renew(t.Context())
	require.ErrorIs(t, err, errAway)
	bucket.isMute = false
	isOurs, err := c.Renew(t.Context())
	require.NoError(t, err)
	require.True(t, isOurs)
}

// Whoever stands by counts from when the claim was written. One that is only found to
// have been written, by us and some time ago, must not count from when it was found.
func TestClaim_CountsFromWhatWasWritten(t *testing.T) {
	t.Parallel()
	b := bustest.New(t)
	bucket := &mute{KeyValue: b.Cursors(), isMute: true}
	c := newClaim(b, func(o *claim.Options) {
		o.Bucket, o.StaleAfter, o.HeldFor = func() jetstream.KeyValue { return bucket }, 2*time.Hour, time.Hour
	})
	_, err := c.Take(t.Context())
	require.ErrorIs(t, err, errAway)
	_, err = c.Take(t.Context())
	require.ErrorIs(t, err, errAway, "it is found, and written again")
	_, err = c.Renew(t.Context())
	require.ErrorIs(t, err, errAway)
	require.False(t, c.IsHeld(), "nothing tells that it still was when it was found")

	bucket.isMute = false
	before, err := b.Cursors().Get(t.Context(), "_test")
	require.NoError(t, err)
	isOurs, err := c.Renew(t.Context())
	require.NoError(t, err)
	require.True(t, isOurs)
	require.True(t, c.IsHeld())
	after, err := b.Cursors().Get(t.Context(), "_test")
	require.NoError(t, err)
	require.Greater(t, after.Revision(), before.Revision(), "others see that we live")
}

func TestHolder_IsOfOneOnly(t *testing.T) {
	t.Parallel()
	first, second := claim.Holder(), claim.Holder()
	require.NotEqual(t, first, second)
}
