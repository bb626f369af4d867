package state_test

import (
	"encoding/binary"
	"math"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/services/router/state"
)

// small returns a table and a memory that hold something of everything.
func small() (*state.Table, *state.Memory) {
	table, memory := newTable(24, 10), state.NewMemory(3)
	for i := range 3 {
		memory.Tick(24 * (20_000 + int64(i)))
		for j := range 2 {
			k := state.KeyOf(strconv.Itoa(i + j))
			table.Add(k, atHour(base).Add(time.Duration(i)*time.Second), idOf(i), base+int64(j))
			table.Add(k, atHour(base), "e"+strconv.Itoa(i), base)
			memory.Add(state.KeyOf(strconv.Itoa(i), strconv.Itoa(j)))
		}
	}
	return table, memory
}

func restoreTable(data []byte) (*state.Table, []byte, error) {
	table := newTable(24, 10)
	rest, err := table.Restore(data)
	return table, rest, err
}

func restoreMemory(data []byte) (*state.Memory, error) {
	memory := state.NewMemory(3)
	memory.Tick(24 * 20_002)
	_, err := memory.Restore(data)
	return memory, err
}

func TestRestore_RefusesWhatIsCutOff(t *testing.T) {
	t.Parallel()
	table, memory := small()
	data := table.Append(nil)
	for n := range data {
		_, _, err := restoreTable(data[:n])
		require.ErrorIs(t, err, state.ErrCorrupt, "%d of %d bytes", n, len(data))
	}
	data = memory.Append(nil)
	for n := range data {
		_, err := restoreMemory(data[:n])
		require.ErrorIs(t, err, state.ErrCorrupt, "%d of %d bytes", n, len(data))
	}
}

// key is one repeated byte; plain is an entry at 1970 with the id e.
func key(b byte) string { return strings.Repeat(string([]byte{b}), 16) }

const plain = "\x00\x00\x00\x02e"

func TestRestore_RefusesWhatMakesNoSense(t *testing.T) {
	t.Parallel()
	varint := func(n int64) string { return string(binary.AppendVarint(nil, n)) }
	uvarint := func(n uint64) string { return string(binary.AppendUvarint(nil, n)) }
	_, _, err := restoreTable([]byte("\x02" + key('a') + "\x01" + plain + key('b') + "\x01" + plain))
	require.NoError(t, err)
	_, _, err = restoreTable([]byte("\x01" + key('a') + "\x01\x00" + uvarint(1<<30) + "\x00\x02e" + key('t')))
	require.NoError(t, err)
	for name, data := range map[string]string{
		"keys out of order":       "\x02" + key('b') + "\x01" + plain + key('a') + "\x01" + plain,
		"no key":                  "\x01" + key(0) + "\x01" + plain,
		"a key twice":             "\x02" + key('b') + "\x01" + plain + key('b') + "\x01" + plain,
		"a key without entries":   "\x01" + key('a') + "\x00" + plain,
		"entries out of order":    "\x01" + key('a') + "\x02" + plain + "\x01\x00\x00\x02e",
		"ids out of order":        "\x01" + key('a') + "\x02" + plain + "\x00\x00\x00\x02d",
		"more keys than bytes":    uvarint(1<<62) + key('a') + "\x01" + plain,
		"more entries than bytes": "\x01" + key('a') + uvarint(1<<40) + plain,
		"too many entries":        "\x01" + key('a') + uvarint(20_001) + strings.Repeat(plain, 20_001),
		"an endless id":           "\x01" + key('a') + "\x01\x00\x00\x00" + uvarint(1<<63+5) + "e",
		"a time before the first": "\x01" + key('a') + "\x01" + varint(-62135596801) + "\x00\x00\x02e",
		"a time after the last":   "\x01" + key('a') + "\x01" + varint(253402300800) + "\x00\x00\x02e",
		"a billion nanoseconds":   "\x01" + key('a') + "\x01\x00" + uvarint(1_000_000_000) + "\x00\x02e",
		"a tag without a text":    "\x01" + key('a') + "\x01\x00" + uvarint(1<<30) + "\x00\x00" + key('i') + key('t'),
		"an empty tag":            "\x01" + key('a') + "\x01\x00" + uvarint(1<<30) + "\x00\x02e" + key(0),
		"a tag cut off":           "\x01" + key('a') + "\x01\x00" + uvarint(1<<30) + "\x00\x02e" + key('t')[1:],
		"nanoseconds of a tagged": "\x01" + key('a') + "\x01\x00" + uvarint(1<<30+1_000_000_000) + "\x00\x02e" + key('t'),
		"an hour out of range":    "\x01" + key('a') + "\x01\x00\x00" + varint(1<<31) + "\x02e",
	} {
		_, _, err := restoreTable([]byte(data))
		require.ErrorIs(t, err, state.ErrCorrupt, name)
	}
}

func TestRestore_OfAMemoryRefusesWhatMakesNoSense(t *testing.T) {
	t.Parallel()
	day := func(n int64, keys ...string) string {
		return string(binary.AppendUvarint(binary.AppendVarint(nil, n), uint64(len(keys)))) + strings.Join(keys, "")
	}
	_, err := restoreMemory([]byte("\x02" + day(20_001, key('b'), key('c')) + day(20_002, key('a'))))
	require.NoError(t, err)
	for name, data := range map[string]string{
		"a day to come":        "\x01" + day(20_003, key('a')),
		"days out of order":    "\x02" + day(20_002, key('a')) + day(20_001, key('b')),
		"a day twice":          "\x02" + day(20_002, key('a')) + day(20_002, key('b')),
		"a day of nothing":     "\x02" + day(20_001) + day(20_002, key('b'), key('c')),
		"a thing twice":        "\x02" + day(20_001, key('a')) + day(20_002, key('a')),
		"more days than bytes": string(binary.AppendUvarint(nil, 1<<62)) + day(20_002, key('a')),
		"more keys than bytes": "\x01" + string(binary.AppendUvarint(binary.AppendVarint(nil, 20_002), 1<<60)),
	} {
		_, err := restoreMemory([]byte(data))
		require.ErrorIs(t, err, state.ErrCorrupt, name)
	}
}

// What was over on the clock of the restored, or under a shorter horizon, is
// left out.
func TestRestore_LeavesOutWhatIsOver(t *testing.T) {
	t.Parallel()
	table, memory := small()
	again := state.NewTable(24, 10)
	again.Tick(base + 25)
	_, err := again.Restore(table.Append(nil))
	require.NoError(t, err)
	table.Tick(base + 25)
	require.Equal(t, 3, again.Len())
	require.Equal(t, string(table.Append(nil)), string(again.Append(nil)))

	later := state.NewMemory(3)
	later.Tick(24 * 20_005)
	_, err = later.Restore(memory.Append(nil))
	require.NoError(t, err)
	memory.Tick(24 * 20_005)
	require.Equal(t, 2, later.Len())
	require.Equal(t, string(memory.Append(nil)), string(later.Append(nil)))
}

// Things that lie as close as nobody's digests do are restored all the same,
// wherever they stand.
func TestRestore_OfThingsThatLieClose(t *testing.T) {
	t.Parallel()
	for _, hi := range []uint64{0, 1 << 63, math.MaxUint64} {
		data := binary.AppendUvarint(binary.AppendVarint([]byte{1}, 20_001), 20_000)
		for lo := range uint64(20_000) {
			data = binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(data, hi), lo+1)
		}
		memory, err := restoreMemory(data)
		require.NoError(t, err)
		require.Equal(t, 20_000, memory.Len())
		require.Equal(t, string(data), string(memory.Append(nil)))
	}
}

// allocated returns the bytes that a call allocates.
func allocated(call func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	call()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// FuzzRestore sees that no input brings a table or a memory down or makes it
// take more than a small multiple of the input's length, and that what is
// accepted lives on.
func FuzzRestore(f *testing.F) {
	table, memory := small()
	f.Add(table.Append(nil))
	f.Add(memory.Append(nil))
	f.Add([]byte("\x01" + key('a') + "\x01" + plain))
	f.Add([]byte{0})
	f.Fuzz(func(t *testing.T, data []byte) {
		require.Less(t, allocated(func() { _, _, _ = restoreTable(data); _, _ = restoreMemory(data) }), uint64(1<<20+100*len(data)))
		if table, rest, err := restoreTable(data); err == nil {
			require.LessOrEqual(t, len(rest), len(data))
			again, _, err := restoreTable(table.Append(nil))
			require.NoError(t, err)
			require.Equal(t, string(table.Append(nil)), string(again.Append(nil)))
			table.Add(state.KeyOf("k"), atHour(base), "e", base)
			table.Tick(base + 1_000_000)
			table.Append(nil)
		}
		if memory, err := restoreMemory(data); err == nil {
			before := memory.Len()
			require.True(t, memory.Add(state.KeyOf("unknown")))
			require.Equal(t, before+1, memory.Len())
			memory.Tick(24 * 30_000)
			require.Zero(t, memory.Len())
		}
	})
}
