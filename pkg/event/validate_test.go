package event_test

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/event"
)

func TestIsSourceName(t *testing.T) {
	t.Parallel()
	legal := regexp.MustCompile(`^[a-z][a-z0-9-]*$`)
	for _, name := range []string{
		"", "a", "z9", "anodot-prod", "a-", "-a", "9a", "A", "aB", "a_b", "a.b", "a b", "a\n", "\n", "ä", "aé", "a\x00", "a\xff", "{", "`",
	} {
		require.Equal(t, legal.MatchString(name), event.IsSourceName(name), "%q", name)
	}
}
