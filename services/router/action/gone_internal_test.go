package action

import (
	"testing"

	"github.com/stretchr/testify/require"

	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	"github.com/signalbox-io/signalbox/services/router/lease"
)

// What was seen of leases that have ended is not remembered for ever.
func TestKeepDoubts_ForgetsOtherLeases(t *testing.T) {
	t.Parallel()
	x := &Executor{doubted: map[lease.Key]finding{}}
	x.doubt(lease.Key{Target: "alert:a"}, finding{lease: "a", gone: true})
	x.doubt(lease.Key{Target: "alert:b"}, finding{lease: "b"})
	x.keepDoubts([]*actionv1.Lease{{Id: "b"}})
	require.Equal(t, map[lease.Key]finding{{Target: "alert:b"}: {lease: "b"}}, x.doubted)
}
