package router

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	grpcstatus "google.golang.org/grpc/status"

	"github.com/signalbox-io/signalbox/pkg/rpc"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
)

func TestBacktests_HaveAFewPlaces(t *testing.T) {
	t.Parallel()
	places := newBacktests()
	for range maxBacktests {
		leave, err := places.enter()
		require.NoError(t, err)
		defer leave()
	}
	_, err := places.enter()
	require.Equal(t, codes.ResourceExhausted, grpcstatus.Code(err))
	require.Equal(t, ReasonTooManyBacktests, rpc.Reason(err))
	<-places
	leave, err := places.enter()
	require.NoError(t, err, "one has ended")
	leave()
	places <- struct{}{}
}

func TestBacktestError_SaysWhyItEnded(t *testing.T) {
	t.Parallel()
	failure := errors.New("cut")
	require.NoError(t, backtestError(t.Context(), nil))
	require.Equal(t, codes.Unavailable, grpcstatus.Code(backtestError(t.Context(), failure)))
	sent := grpcstatus.Error(codes.Canceled, "gone")
	require.Equal(t, sent, backtestError(t.Context(), sent))
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	require.Equal(t, codes.Canceled, grpcstatus.Code(backtestError(gone, failure)))
	over, cancel := context.WithDeadline(t.Context(), time.Unix(0, 0))
	defer cancel()
	require.Equal(t, codes.DeadlineExceeded, grpcstatus.Code(backtestError(over, failure)))
}

// Compiling takes time and memory too, so nobody's rules are compiled who has no
// place.
func TestBacktests_TheRulesOfWhoHasNoPlaceAreNotCompiled(t *testing.T) {
	t.Parallel()
	s := NewServer(bucketed(t))
	for range maxBacktests {
		leave, err := s.backtests.enter()
		require.NoError(t, err)
		defer leave()
	}
	broken := []*routerv1.RulesFile{{Name: "broken.yaml", Content: "rules: [{name: broken}]"}}
	_, err := s.Explain(t.Context(), &routerv1.ExplainRequest{EventId: "e", Files: broken})
	require.Equal(t, ReasonTooManyBacktests, rpc.Reason(err))
	err = s.Backtest(&routerv1.BacktestRequest{Rules: broken}, nil)
	require.Equal(t, ReasonTooManyBacktests, rpc.Reason(err))
}
