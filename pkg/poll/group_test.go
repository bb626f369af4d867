package poll_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/bus/bustest"
	"github.com/signalbox-io/signalbox/pkg/config"
	"github.com/signalbox-io/signalbox/pkg/health"
	"github.com/signalbox-io/signalbox/pkg/poll"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
)

// watch tells how much time a fetch is given.
type watch chan time.Duration

func (w watch) Fetch(ctx context.Context, _ poll.Window) (poll.Batch, error) {
	deadline, ok := ctx.Deadline()
	if !ok {
		deadline = time.Now()
	}
	w <- time.Until(deadline)
	return poll.Batch{}, nil
}

func TestGroup_AFetchHasTimeForTwoOfTheLongestCalls(t *testing.T) {
	t.Parallel()
	for timeout, want := range map[time.Duration]time.Duration{
		30 * time.Second: 10 * time.Minute,
		5 * time.Minute:  13 * time.Minute,
		time.Hour:        2*time.Hour + 3*time.Minute,
	} {
		given := make(watch, 1)
		group, err := poll.NewGroup([]config.Source{{
			Name: source, Vendor: eventv1.Vendor_VENDOR_ANURA, Timeout: timeout,
			Poll: config.Poll{Every: time.Hour, Overlap: time.Minute},
		}}, poll.Vendor{
			Name: eventv1.Vendor_VENDOR_ANURA,
			Open: func(config.Source) (poll.Fetcher, error) { return given, nil },
		}, poll.Process{
			Bus: bustest.New(t), Logger: slog.New(slog.DiscardHandler),
			Registerer: prometheus.NewPedanticRegistry(), Health: health.New(),
		})
		require.NoError(t, err)
		require.NoError(t, group.Start(t.Context()))
		require.InDelta(t, want.Seconds(), (<-given).Seconds(), 50)
		require.NoError(t, group.Stop(t.Context()))
	}
}
