package securereporter_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/services/adapter/adaptertest"
)

// TestFlight_ThreeReportsRunAtATimeAndAMailGoesBesides holds every answer back
// until as many calls are under way as there can be.
func TestFlight_ThreeReportsRunAtATimeAndAMailGoesBesides(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	b := newBench(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-release:
		case <-r.Context().Done():
		}
		adaptertest.Answer(http.StatusOK, `{"message":"","ok":true,"records":[]}`).ServeHTTP(w, r)
	}))
	done := make(chan error, 6)
	begin := func(method string) { go func() { done <- callOf(method)(t.Context(), b) }() }
	under := func(n int) {
		require.Eventually(t, func() bool { return b.Calls() == n }, 90*time.Second, time.Millisecond)
	}
	for range 5 {
		begin("CallReport")
	}
	under(3)
	begin("MailReport")
	under(4)
	require.Equal(t, 3, b.CallsTo("/api/call/123/"))
	close(release)
	for range 6 {
		require.NoError(t, <-done)
	}
	require.Equal(t, 6, b.Calls())
}
