package anura_test

import (
	"testing"

	"github.com/signalbox-io/signalbox/services/adapter/adaptertest"
)

func TestRedaction_NoOutputOfAnyCallShowsASecret(t *testing.T) {
	t.Parallel()
	for name, call := range calls(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			adaptertest.ExerciseRedaction(t, newBench, call.make, token, encodedToken)
		})
	}
}
