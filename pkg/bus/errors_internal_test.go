package bus

import (
	"fmt"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"
)

// Messages that are dropped because nobody reads them fast enough are told.
func TestOnError_TellsOfASubscriberThatIsTooSlow(t *testing.T) {
	reasons := make(chan string, 10)
	b, _ := connect(t, server(t), Options{OnError: func(reason string) { reasons <- reason }}, 0)
	sub, err := b.Conn().SubscribeSync("x")
	require.NoError(t, err)
	require.NoError(t, sub.SetPendingLimits(1, -1))
	for range 3 {
		require.NoError(t, b.Conn().Publish("x", nil))
	}
	require.NoError(t, b.Conn().Flush())
	select {
	case reason := <-reasons:
		require.Equal(t, "slow_consumer", reason)
	case <-time.After(90 * time.Second):
		require.Fail(t, "nobody is told")
	}
}

func TestReasonOf_HasFewWords(t *testing.T) {
	t.Parallel()
	for err, want := range map[error]string{
		nats.ErrSlowConsumer:                                      "slow_consumer",
		fmt.Errorf("%w: x", nats.ErrPermissionViolation):          "permission",
		nats.ErrMaxPayload:                                        "limit",
		fmt.Errorf("anything else %d, with text of its own", 123): "other",
	} {
		require.Equal(t, want, reasonOf(err))
	}
}
