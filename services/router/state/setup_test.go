package state_test

import (
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/services/router/state"
)

// base is the hour of the clock at which tests begin.
const base = 490_000

func atHour(hour int64) time.Time { return time.Unix(hour*3600, 0).UTC() }

// idOf returns an id as the product makes it.
func idOf(n int) string {
	sum := sha256.Sum256(strconv.AppendInt(nil, int64(n), 10))
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:16]))
}

func alertKey(n int) string { return fmt.Sprintf("alert:%032x", n) }

func newTable(horizon int64, maxKeys int) *state.Table {
	t := state.NewTable(horizon, maxKeys)
	t.Tick(base)
	return t
}

// restored returns a table of the same state and sees that it writes the same.
func restored(tb require.TestingT, t *state.Table, hour, horizon int64, maxKeys int) *state.Table {
	data := t.Append([]byte("before"))
	again := state.NewTable(horizon, maxKeys)
	again.Tick(hour)
	rest, err := again.Restore(append(data[len("before"):], "after"...))
	require.NoError(tb, err)
	require.Equal(tb, "after", string(rest))
	require.Equal(tb, t.Len(), again.Len())
	require.Equal(tb, string(data[len("before"):]), string(again.Append(nil)))
	return again
}

// heap returns the bytes of what is reachable.
func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// perKey returns how many bytes of the heap a key takes.
func perKey(before uint64, keys int) float64 {
	return (float64(heap()) - float64(before)) / float64(keys)
}

func ids(r state.Run) string {
	var out []string
	for _, x := range r.Entries() {
		out = append(out, x.ID)
	}
	return strings.Join(out, " ")
}
