package record_test

import (
	"log/slog"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/services/simulator/record"
)

func TestLog_KeepsTheNewestAndCountsAll(t *testing.T) {
	t.Parallel()
	log := record.NewLog(slog.New(slog.DiscardHandler))
	const many = 10_007
	for i := range many {
		log.AddEffect(record.Effect{ID: strconv.Itoa(i)})
	}

	kept, total := log.Effects()
	require.Equal(t, many, total)
	require.Len(t, kept, 10_000)
	require.Equal(t, "7", kept[0].ID)
	require.Equal(t, "10006", kept[len(kept)-1].ID)
}

func TestLog_HandsOutCopies(t *testing.T) {
	t.Parallel()
	log := record.NewLog(slog.New(slog.DiscardHandler))
	log.AddCall(record.Call{Path: "/a"})
	calls, _ := log.Calls()
	calls[0].Path = "/b"

	again, _ := log.Calls()
	require.Equal(t, "/a", again[0].Path)
}
