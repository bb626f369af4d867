package action

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/bus/bustest"
	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	"github.com/signalbox-io/signalbox/services/router/lease"
	"github.com/signalbox-io/signalbox/services/router/ledger"
)

// Submit waits for a place; Recover, before anything can free one, does not.
func TestPlaces_BoundWhatIsSubmittedAndNotWhatIsRecovered(t *testing.T) {
	b, logger := bustest.New(t), slog.New(slog.DiscardHandler)
	l := ledger.New(b, logger, ledger.Options{})
	x := New(l, lease.NewKeeper(b, logger, lease.Options{}), nil, b, logger, Options{SubjectPrefix: "signalbox.notify"})
	x.places = make(chan struct{}, 1)
	for _, id := range []string{"a", "b", "c"} {
		_, err := l.Create(t.Context(), &actionv1.Action{
			Id: id, Source: "signalbox", Target: "subject:x", Type: "publish",
			Operation: &actionv1.Action_Publish{Publish: &actionv1.Publish{Subject: "x"}},
		})
		require.NoError(t, err)
	}
	require.NoError(t, x.Recover(t.Context()))
	full, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, x.Submit(full, &actionv1.Action{Id: "d"}), context.Canceled)
	require.NotContains(t, x.open, "d")

	x.Start()
	require.Eventually(t, func() bool {
		x.mu.Lock()
		defer x.mu.Unlock()
		return len(x.open) == 0 && len(x.places) == 0
	}, 90*time.Second, time.Millisecond)
	x.places <- struct{}{}
	x.Stop(t.Context())
	require.ErrorIs(t, x.Submit(t.Context(), &actionv1.Action{Id: "e"}), ErrStopping)
}

func TestDescribe_IsShortAndWellFormed(t *testing.T) {
	t.Parallel()
	require.Equal(t, "a\uFFFDb", describe(textError("a\xffb")))
	require.Len(t, []rune(describe(textError(strings.Repeat("ü", 1000)))), longestDetail+1)
}

type textError string

func (e textError) Error() string { return string(e) }
