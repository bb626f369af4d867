package bus

import (
	"testing"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
)

func TestAnsweredByLeader_WhereThereAreSeveralCopies(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name        string
		config      jetstream.StreamConfig
		isDifferent bool
	}{
		{"one copy", jetstream.StreamConfig{Name: "KV_X", Replicas: 1, AllowDirect: true}, false},
		{"three copies", jetstream.StreamConfig{Name: "KV_X", Replicas: 3, AllowDirect: true}, true},
		{"three copies, changed before", jetstream.StreamConfig{Name: "KV_X", Replicas: 3}, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got, isDifferent := answeredByLeader(tc.config)
			require.Equal(t, tc.isDifferent, isDifferent)
			require.Equal(t, tc.config.Replicas == 1, got.AllowDirect)
			require.Equal(t, "KV_X", got.Name)
		})
	}
}
