package poll_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	"github.com/signalbox-io/signalbox/pkg/bus/bustest"
	"github.com/signalbox-io/signalbox/pkg/poll"
	"github.com/signalbox-io/signalbox/pkg/rpc"
)

func TestRunOnce_TellsHealthStatusAndMetricsTheTruth(t *testing.T) {
	t.Parallel()
	b := bustest.New(t)
	v := &vendor{clock: newClock()}
	v.add("a", 0)
	l := newBench(t, b, v)
	poll1(t, l)
	succeeded := v.clock.Now()
	require.Empty(t, l.health.reason)
	status := storedStatus(t, b)
	require.True(t, status.GetHealthy())
	require.Equal(t, succeeded, status.GetSucceededAt().AsTime())
	require.Equal(t, succeeded, status.GetCursor().AsTime())
	require.EqualValues(t, 1, status.GetEventsPublished())

	v.clock.move(3 * time.Minute)
	v.err = rpc.Error(codes.Unauthenticated, "CREDENTIAL_REFUSED", nil, "Anodot refused the refresh token")
	restarted := newBench(t, b, v)
	_, err := restarted.RunOnce(t.Context())
	require.Error(t, err)

	require.Equal(t, "Anodot refused the refresh token", restarted.health.reason)
	status = storedStatus(t, b)
	require.False(t, status.GetHealthy())
	require.Equal(t, "Anodot refused the refresh token", status.GetError())
	require.Equal(t, v.clock.Now(), status.GetPolledAt().AsTime())
	require.Equal(t, succeeded, status.GetSucceededAt().AsTime(), "remembered over the restart")
	require.EqualValues(t, 1, status.GetEventsPublished())
	require.InDelta(t, 1, restarted.metric(t, "signalbox_polls_total", source, "credential_refused"), 0)
	require.InDelta(t, 180, restarted.metric(t, "signalbox_poll_freshness_seconds", source), 0)
}

func TestRunOnce_LogsAFailureOnceAndTheRecoveryOnce(t *testing.T) {
	t.Parallel()
	v := &vendor{clock: newClock()}
	l := newBench(t, newMemoryBus(), v)
	v.err = errors.New("vendor is down")
	for range 3 {
		_, err := l.RunOnce(t.Context())
		require.Error(t, err)
	}
	v.err = nil
	poll1(t, l)
	poll1(t, l)

	logs := l.logs.String()
	require.Equal(t, 1, strings.Count(logs, "level=WARN"), logs)
	require.Equal(t, 2, strings.Count(logs, "level=DEBUG msg=\"poll failed\""), logs)
	require.Equal(t, 1, strings.Count(logs, "level=INFO msg=\"poll works again\""), logs)
}

func TestOutcome_AVendorCannotInventMetrics(t *testing.T) {
	t.Parallel()
	v := &vendor{clock: newClock(), err: rpc.Error(codes.Internal, "SOMETHING_ELSE", nil, "x")}
	l := newBench(t, newMemoryBus(), v)

	_, err := l.RunOnce(t.Context())

	require.Error(t, err)
	require.InDelta(t, 1, l.metric(t, "signalbox_polls_total", source, "failed"), 0)
}

func TestLabels_AreAddedAndAFailureLeavesOneOut(t *testing.T) {
	t.Parallel()
	labels, err := poll.CompileLabels(map[string]string{
		"metric": "anomaly.metric", "half": "anomaly.value / 2.0", "broken": "labels.nowhere", "empty": `""`,
	})
	require.NoError(t, err)
	b := bustest.New(t)
	v := &vendor{clock: newClock()}
	v.add("a", 0)
	l := newBench(t, b, v, func(_ *poll.Config, deps *poll.Deps) { deps.Labeler = labels })

	poll1(t, l)

	require.Equal(t, map[string]string{"metric": "m", "half": "1.5"}, lastEvent(t, b).GetLabels())
	require.InDelta(t, 1, l.metric(t, "signalbox_poll_fields_omitted_total", source, "label broken"), 0)
	require.InDelta(t, 1, l.metric(t, "signalbox_poll_fields_omitted_total", source), 0)
}

func TestCompileLabels_NamesEachLabelThatIsWrong(t *testing.T) {
	t.Parallel()
	_, err := poll.CompileLabels(map[string]string{"a": "anomaly.nothing", "b": "1 +", "c": "event.source"})
	require.ErrorContains(t, err, "labels.a: ")
	require.ErrorContains(t, err, "labels.b: ")
	require.NotContains(t, err.Error(), "labels.c")
}
