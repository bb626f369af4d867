package demo

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/services/simulator/story"
)

func TestVendors_TellTheStoryOnceAndStopInTheMiddle(t *testing.T) {
	t.Parallel()
	v, err := startVendors(t.Context())
	require.NoError(t, err)
	require.True(t, isServed(t, v.address))

	steps := make(chan story.Step, 100)
	v.play(func(step story.Step) { steps <- step })
	v.play(func(story.Step) { t.Error("a story is told once") })
	select {
	case step := <-steps:
		require.Contains(t, step.Line, "An ordinary morning")
	case <-time.After(90 * time.Second):
		require.FailNow(t, "no step happened")
	}
	require.NoError(t, v.stop())
	require.False(t, isServed(t, v.address))
}

func TestVendors_OutliveTheContextTheyWereStartedWith(t *testing.T) {
	t.Parallel()
	ctx, interrupt := context.WithCancel(t.Context())
	v, err := startVendors(ctx)
	require.NoError(t, err)
	interrupt()
	require.True(t, isServed(t, v.address), "those who call them stop first")
	require.NoError(t, v.stop())
}

func isServed(t *testing.T, address string) bool {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+address+"/control/healthz", http.NoBody)
	require.NoError(t, err)
	request.Close = true
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return false
	}
	require.NoError(t, response.Body.Close())
	return response.StatusCode == http.StatusOK
}
