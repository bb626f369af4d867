package adapter_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/services/adapter"
)

func TestReadEach_ABadRecordCostsOnlyItself(t *testing.T) {
	t.Parallel()
	records := []json.RawMessage{[]byte(`"a"`), []byte(`7`), []byte(`"in part"`), []byte(`"` + strings.Repeat("x", 5000) + `"`), []byte(`"z"`)}
	read, rejected := adapter.ReadEach(records, func(record json.RawMessage) (*string, error) {
		var text string
		if err := json.Unmarshal(record, &text); err != nil {
			return nil, errors.New("no text")
		}
		switch {
		case text == "in part":
			return &text, errors.New("half of it")
		case len(text) > 100:
			return nil, errors.New("too long")
		default:
			return &text, nil
		}
	})
	require.Len(t, read, 3)
	require.Equal(t, "a", *read[0])
	require.Equal(t, "in part", *read[1])
	require.Equal(t, "z", *read[2])
	require.Len(t, rejected, 3)
	require.Equal(t, adapter.Rejection{Index: 1, Reason: "no text", Raw: "7"}, rejected[0])
	require.Equal(t, adapter.Rejection{Index: 2, Reason: "half of it", Raw: `"in part"`}, rejected[1])
	require.Equal(t, int32(3), rejected[2].Index)
	require.LessOrEqual(t, len(rejected[2].Raw), 4096+len("…"))
	require.Equal(t, rejected[2], adapter.Reject(3, errors.New("too long"), string(records[3])))
}

func TestReadEach_OfNothingIsAnEmptyList(t *testing.T) {
	t.Parallel()
	read, rejected := adapter.ReadEach(nil, func(json.RawMessage) (*string, error) { return nil, nil })
	require.NotNil(t, read)
	require.Empty(t, read)
	require.Empty(t, rejected)
}

func TestRaw_HalfARecordHelpsNobody(t *testing.T) {
	t.Parallel()
	require.Equal(t, strings.Repeat("x", 64<<10), adapter.Raw(strings.Repeat("x", 64<<10)))
	require.Empty(t, adapter.Raw(strings.Repeat("x", 64<<10+1)))
}

func TestIsPathPart(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", ".", ".."} {
		require.False(t, adapter.IsPathPart(text), text)
	}
	for _, text := range []string{"a", "...", "a/b", "%2e", " "} {
		require.True(t, adapter.IsPathPart(text), text)
	}
}
