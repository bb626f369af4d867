package state_test

import (
	"runtime"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/signalbox-io/signalbox/services/router/state"
)

// million is how many keys the benchmarks hold.
const million = 1_000_000

// traffic is what arrives: keys and ids as texts, so that hashing and packing
// them counts.
type traffic struct {
	ids []string
	n   int
}

func newTraffic() *traffic {
	t := &traffic{}
	for i := range 1 << 10 {
		t.ids = append(t.ids, idOf(i))
	}
	return t
}

// next returns the next event. Each of a million keys comes once before one
// comes again.
func (t *traffic) next() (key, id string, at time.Time) {
	i := t.n
	t.n++
	return quickKey(i * 7919 % million), t.ids[i%len(t.ids)], atHour(base).Add(time.Duration(i) * 100 * time.Microsecond)
}

// quickKey is a key as alertKey makes it, without the cost of formatting.
func quickKey(n int) string {
	var room [38]byte
	text := strconv.AppendUint(append(room[:0], "alert:3f2a9c00d1e4b7a6"...), 1<<60+uint64(n), 16)
	return string(text)
}

// cpu returns the processor time that the process has used, the collector's
// included: others on the machine do not count.
func cpu() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// filled returns a table in which each key has so many events, at 10,000 a
// second.
func filled(t *traffic, events int) *state.Table {
	table := newTable(24+1+24, million)
	for range events * million {
		key, id, at := t.next()
		table.Add(state.KeyOf(key), at, id, at.Unix()/3600)
	}
	return table
}

// report prints what an event costs and what a key takes, all in.
func report(b *testing.B, start time.Duration, before uint64, held any, keys int) {
	b.Helper()
	b.ReportMetric(float64((cpu()-start).Nanoseconds())/float64(b.N), "cpu-ns/event")
	b.ReportMetric(perKey(before, keys), "B/key")
	runtime.KeepAlive(held)
}

// BenchmarkCount1M counts events in a sliding window: one enters, and those of
// its key in the window are counted. One or two are there before.
func BenchmarkCount1M(b *testing.B) {
	t := newTraffic()
	before := heap()
	table := filled(t, 1)
	counted := 0
	b.ResetTimer()
	start := cpu()
	for range b.N {
		key, id, at := t.next()
		k := state.KeyOf(key)
		hour := at.Unix() / 3600
		table.Tick(hour)
		table.Add(k, at, id, hour)
		r := table.Run(k)
		counted += r.Slice(r.Until(at.Add(-150*time.Second)), r.Until(at)).Len()
		if r.Len() > 2 {
			table.Delete(k)
		}
	}
	b.StopTimer()
	report(b, start, before, table, million)
	b.ReportMetric(float64(counted)/float64(b.N), "counted")
}

// BenchmarkCooldown1M asks whether the key cools down and starts a cooldown
// where it does not.
func BenchmarkCooldown1M(b *testing.B) {
	t := newTraffic()
	before := heap()
	table := filled(t, 1)
	b.ResetTimer()
	start := cpu()
	for range b.N {
		key, id, at := t.next()
		k := state.KeyOf(key)
		hour := at.Unix() / 3600
		table.Tick(hour)
		r := table.Run(k)
		if n := r.Until(at); n > 0 && r.Time(n-1).Add(150*time.Second).After(at) {
			continue
		}
		table.Delete(k)
		table.Add(k, at, id, hour)
	}
	b.StopTimer()
	report(b, start, before, table, million)
}

// BenchmarkCorrelate1M lets one event in three be a cause and two look for the
// latest cause of their key.
func BenchmarkCorrelate1M(b *testing.B) {
	t := newTraffic()
	before := heap()
	table := filled(t, 2)
	found := 0
	b.ResetTimer()
	start := cpu()
	for i := range b.N {
		key, id, at := t.next()
		k := state.KeyOf(key)
		hour := at.Unix() / 3600
		table.Tick(hour)
		if i%3 == 0 {
			table.Add(k, at, id, hour)
			continue
		}
		r := table.Run(k)
		for j := r.Until(at) - 1; j >= 0; j-- {
			if !r.Is(j, id) {
				found++
				break
			}
		}
	}
	b.StopTimer()
	report(b, start, before, table, million)
	b.ReportMetric(float64(found)/float64(b.N), "found")
}

// BenchmarkNewKeys1M is a stream in which each event has a key of its own and an
// id that cannot be packed: a million keys are in the table, and as many expire
// as come.
func BenchmarkNewKeys1M(b *testing.B) {
	before := heap()
	const perHour = 20_000
	table := newTable(49, 2*million)
	n := 0
	step := func() {
		hour := base + int64(n/perHour)
		table.Tick(hour)
		table.Add(state.KeyOf(quickKey(n)), atHour(hour), "feedback-"+quickKey(n)[20:], hour)
		n++
	}
	for range 60 * perHour {
		step()
	}
	b.ResetTimer()
	start := cpu()
	for range b.N {
		step()
	}
	b.StopTimer()
	report(b, start, before, table, table.Len())
}

// BenchmarkMemory meets ids of which one in ten was met before.
func BenchmarkMemory(b *testing.B) {
	before := heap()
	memory := state.NewMemory(90)
	perDay, n := million/90, 0
	step := func() {
		memory.Tick(24*20_000 + int64(n/(perDay/24)))
		i := n
		if n%10 == 0 {
			i /= 2
		}
		memory.Add(state.KeyOf(quickKey(i)))
		n++
	}
	for range million {
		step()
	}
	b.ResetTimer()
	start := cpu()
	for range b.N {
		step()
	}
	b.StopTimer()
	report(b, start, before, memory, memory.Len())
}

// BenchmarkSnapshot1M appends a table of a million keys to nothing.
func BenchmarkSnapshot1M(b *testing.B) {
	table := filled(newTraffic(), 2)
	var data []byte
	for b.Loop() {
		data = table.Append(nil)
	}
	b.ReportMetric(float64(len(data))/million, "B/key")
	b.ReportMetric(float64(cap(data))/million, "buffer-B/key")
}

// BenchmarkRestore1M fills a table of a million keys.
func BenchmarkRestore1M(b *testing.B) {
	data := filled(newTraffic(), 2).Append(nil)
	for b.Loop() {
		table := newTable(49, million)
		if _, err := table.Restore(data); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkMemoryRestore fills a memory with a million things.
func BenchmarkMemoryRestore(b *testing.B) {
	memory := state.NewMemory(90)
	for i := range million {
		memory.Tick(24*20_000 + int64(i/(million/90/24)))
		memory.Add(state.KeyOf(quickKey(i)))
	}
	data := memory.Append(nil)
	for b.Loop() {
		again := state.NewMemory(90)
		again.Tick(24*20_000 + int64(million/(million/90/24)))
		if _, err := again.Restore(data); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkTick1M moves the clock hour by hour over a million keys, of which
// each has one event that is over and one that is not.
func BenchmarkTick1M(b *testing.B) {
	t := newTraffic()
	var longest time.Duration
	for b.Loop() {
		b.StopTimer()
		table := newTable(49, million)
		for i := range 2 * million {
			key, id, at := t.next()
			table.Add(state.KeyOf(key), at, id, base+int64(i/million)*10)
		}
		b.StartTimer()
		for hour := int64(base); hour < base+58; hour++ {
			start := time.Now()
			table.Tick(hour)
			longest = max(longest, time.Since(start))
		}
	}
	b.ReportMetric(float64(longest.Microseconds()), "µs/longest")
}
