package anodot_test

import (
	"testing"

	"github.com/signalbox-io/signalbox/services/adapter/adaptertest"
)

func TestRedaction_NoOutputOfAnyCallShowsASecret(t *testing.T) {
	t.Parallel()
	for name, call := range calls() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			adaptertest.ExerciseRedaction(t, newWholeBench, call.make, refreshToken, jwt(1), dataKey)
		})
	}
}
