package state_test

import (
	"math"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/signalbox-io/signalbox/services/router/state"
)

// modelEntry and model are the plain way to keep the same.
type modelEntry struct {
	state.Entry
	hour int64
}

type model struct {
	hour, horizon int64
	maxKeys       int
	keys          map[string][]modelEntry
}

func (m *model) add(key string, x modelEntry) bool {
	l, known := m.keys[key]
	if !known && len(m.keys) >= m.maxKeys {
		return false
	}
	at, _ := slices.BinarySearchFunc(l, x, func(a, b modelEntry) int { return a.Compare(b.Entry) })
	m.keys[key] = slices.Insert(l, at, x)
	return true
}

func (m *model) sweep() {
	for key, l := range m.keys {
		l = slices.DeleteFunc(l, func(x modelEntry) bool { return x.hour+m.horizon < m.hour })
		if m.keys[key] = l; len(l) == 0 {
			delete(m.keys, key)
		}
	}
}

func (m *model) rebase(hour int64) {
	m.hour = hour
	for _, l := range m.keys {
		for i := range l {
			l[i].hour = min(l[i].hour, ageFrom(hour)(l[i].At))
		}
	}
}

// ageFrom is the engine's: from now on, or from an event's own time.
func ageFrom(hour int64) func(time.Time) int64 {
	return func(at time.Time) int64 { return max(hour, at.Unix()/3600) }
}

// machine does the same to a table, to a twin that is snapshotted and restored
// now and then, and to the model.
type machine struct {
	model
	table, twin *state.Table
	n           int
}

func newMachine(maxKeys int) *machine {
	m := &machine{model: model{hour: base, horizon: 5, maxKeys: maxKeys, keys: map[string][]modelEntry{}}}
	m.table, m.twin = newTable(5, maxKeys), newTable(5, maxKeys)
	return m
}

func (m *machine) add(t *rapid.T, key string) {
	ahead := rapid.SampledFrom([]int64{0, 0, 0, 1, 3, 9}).Draw(t, "ahead")
	at := atHour(m.hour).Add(time.Duration(rapid.Int64Range(-4, 4).Draw(t, "at")) * time.Minute)
	m.put(t, key, m.hour+ahead, at)
}

// put adds an event to all.
func (m *machine) put(t require.TestingT, key string, hour int64, at time.Time) {
	m.n++
	id := idOf(m.n)
	if m.n%5 == 0 {
		id = "event " + strconv.Itoa(m.n%50)
	}
	want := m.model.add(key, modelEntry{state.Entry{At: at, ID: id}, hour})
	k := state.KeyOf(key)
	if want != m.table.HasRoom(k) || want != m.table.Add(k, at, id, hour) || want != m.twin.Add(k, at, id, hour) {
		require.Fail(t, "a key is not taken as by the model", "%s, wanted %v", key, want)
	}
}

func (m *machine) remove(key string) {
	delete(m.keys, key)
	m.table.Delete(state.KeyOf(key))
	m.twin.Delete(state.KeyOf(key))
}

func (m *machine) goBack(hour int64) {
	m.rebase(hour)
	m.table.Rebase(hour, ageFrom(hour))
	m.twin.Rebase(hour, ageFrom(hour))
}

func (m *machine) setHorizon(hours int64) {
	m.horizon = hours
	m.sweep()
	m.table.SetHorizon(hours)
	m.twin.SetHorizon(hours)
}

func (m *machine) tick(hours int64) {
	m.hour += hours
	m.sweep()
	m.table.Tick(m.hour)
	m.twin.Tick(m.hour)
}

func (m *machine) check(t require.TestingT, key string) {
	want, k := m.keys[key], state.KeyOf(key)
	r := m.table.Run(k)
	require.Equal(t, len(want), r.Len())
	for i, x := range want {
		require.Equal(t, x.Entry, r.Entry(i))
		later := slices.IndexFunc(want, func(y modelEntry) bool { return y.At.After(x.At) })
		if later < 0 {
			later = len(want)
		}
		require.Equal(t, later, r.Until(x.At))
	}
	require.Equal(t, r.Entries(), m.twin.Run(k).Entries())
}

func (m *machine) checkAll(t require.TestingT) {
	require.Len(t, m.keys, m.table.Len())
	require.Len(t, m.keys, m.twin.Len())
	for key := range m.keys {
		m.check(t, key)
	}
}

func keyName(n int) string { return "key " + strconv.Itoa(n) }

func TestProperty_ATableIsItsModel(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		keys := rapid.SampledFrom([]int{3, 40, 3000}).Draw(t, "keys")
		m := newMachine(rapid.SampledFrom([]int{2, 30, 1_000_000}).Draw(t, "max"))
		draw := func(t *rapid.T) string { return keyName(rapid.IntRange(0, keys-1).Draw(t, "key")) }
		t.Repeat(map[string]func(*rapid.T){
			"add": func(t *rapid.T) { m.add(t, draw(t)) },
			"add many": func(t *rapid.T) {
				from := rapid.IntRange(0, keys-1).Draw(t, "from")
				for i := range rapid.IntRange(1, 500).Draw(t, "n") {
					m.add(t, keyName((from+i)%keys))
				}
			},
			"delete": func(t *rapid.T) {
				from := rapid.IntRange(0, keys-1).Draw(t, "from")
				for i := range rapid.IntRange(1, 300).Draw(t, "n") {
					m.remove(keyName((from + i) % keys))
				}
			},
			"tick":    func(t *rapid.T) { m.tick(rapid.SampledFrom([]int64{1, 1, 1, 2, 5, 6, 20}).Draw(t, "hours")) },
			"rebase":  func(t *rapid.T) { m.goBack(m.hour - rapid.Int64Range(1, 30).Draw(t, "hours")) },
			"horizon": func(t *rapid.T) { m.setHorizon(rapid.Int64Range(0, 9).Draw(t, "horizon")) },
			"restore": func(t *rapid.T) { m.twin = restored(t, m.twin, m.hour, m.horizon, m.maxKeys) },
			"compare": func(t *rapid.T) {
				m.checkAll(t)
				require.Equal(t, string(m.twin.Append(nil)), string(m.table.Append(nil)))
			},
			"": func(t *rapid.T) {
				require.NoError(t, m.table.Verify())
				require.NoError(t, m.twin.Verify())
				require.Len(t, m.keys, m.table.Len())
				m.check(t, draw(t))
			},
		})
		m.checkAll(t)
	})
}

func TestProperty_AMemoryIsItsModel(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		const kept = 5
		memory, twin := state.NewMemory(kept), state.NewMemory(kept)
		met, hour, today := map[string]int64{}, int64(24*20_000), int64(20_000)
		move := func(to int64) {
			hour, today = to, int64(math.Floor(float64(to)/24))
			for key, day := range met {
				if day+kept < today {
					delete(met, key)
				}
			}
		}
		if rapid.Bool().Draw(t, "long ago") {
			move(-500)
		}
		memory.Tick(hour)
		twin.Tick(hour)
		t.Repeat(map[string]func(*rapid.T){
			"meet": func(t *rapid.T) {
				from := rapid.IntRange(0, 4000).Draw(t, "from")
				for i := range rapid.IntRange(1, 900).Draw(t, "n") {
					key := keyName(from + i)
					_, known := met[key]
					if !known {
						met[key] = today
					}
					require.Equal(t, !known, memory.Add(state.KeyOf(key)))
					require.Equal(t, !known, twin.Add(state.KeyOf(key)))
				}
				for _, key := range []string{keyName(from), keyName(from + 5000)} {
					_, known := met[key]
					require.Equal(t, known, memory.Has(state.KeyOf(key)))
				}
			},
			"tick": func(t *rapid.T) {
				move(hour + rapid.SampledFrom([]int64{1, 1, 10, 23, 24, 25, 48, 24 * 6, 24 * 500}).Draw(t, "hours"))
				memory.Tick(hour)
				twin.Tick(hour)
				memory.Tick(hour - 30)
			},
			"rebase": func(t *rapid.T) {
				move(hour - rapid.Int64Range(1, 200).Draw(t, "hours"))
				for key := range met {
					met[key] = min(met[key], today)
				}
				memory.Rebase(hour)
				twin.Rebase(hour)
			},
			"restore": func(t *rapid.T) { twin = remembered(t, twin, hour, kept) },
			"": func(t *rapid.T) {
				require.NoError(t, memory.Verify())
				require.NoError(t, twin.Verify())
				require.Len(t, met, memory.Len())
				require.Len(t, met, twin.Len())
				require.Equal(t, string(memory.Append(nil)), string(twin.Append(nil)))
			},
		})
	})
}

// remembered returns a memory of the same state.
func remembered(tb require.TestingT, m *state.Memory, hour, kept int64) *state.Memory {
	data := m.Append(nil)
	again := state.NewMemory(kept)
	again.Tick(hour)
	rest, err := again.Restore(append(data, "after"...))
	require.NoError(tb, err)
	require.Equal(tb, "after", string(rest))
	require.Equal(tb, string(data), string(again.Append(nil)))
	return again
}
