package router_test

import (
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m,
		// The client's object store opens a JetStream context for each object
		// that it stores, and closes it. If that is done before the goroutine
		// which watches the connection got to run, it waits on a channel that
		// is nil (nats.go v1.55.0, cleanupReplySub).
		goleak.IgnoreTopFunction("github.com/nats-io/nats.go/jetstream.(*jetStream).resetPendingAcksOnReconnect"),
	)
}
