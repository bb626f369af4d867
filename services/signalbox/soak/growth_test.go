package soak_test

import (
	"fmt"
	"runtime"
)

const (
	// span is how many quiet minutes are looked at together.
	span = 10
	// goroutineSlack is how many more goroutines there may be at the quietest
	// moment of the last span than at that of the first.
	goroutineSlack = 10
	// memorySlack is how much more memory may be in use: the world and the stream
	// grow, and the simulator remembers its last calls.
	memorySlack = 24 << 20
)

// growth is what the test's process used in each span of minutes in which nobody
// is killed.
type growth struct {
	minutes    int
	goroutines []int
	memory     []uint64
}

// minute looks at the goroutines, and at the end of a span at the memory.
func (g *growth) minute() {
	at := g.minutes / span
	now := runtime.NumGoroutine()
	if at == len(g.goroutines) {
		g.goroutines = append(g.goroutines, now)
	}
	g.goroutines[at] = min(g.goroutines[at], now)
	if g.minutes%span == span-1 {
		runtime.GC()
		var stats runtime.MemStats
		runtime.ReadMemStats(&stats)
		g.memory = append(g.memory, stats.HeapAlloc)
	}
	g.minutes++
}

func (g *growth) faults() []string {
	var faults []string
	last := len(g.goroutines) - 1
	if more := g.goroutines[last] - g.goroutines[0]; more > goroutineSlack {
		faults = append(faults, fmt.Sprintf("goroutines grow: %v", g.goroutines))
	}
	if last := g.memory[len(g.memory)-1]; last > g.memory[0]+memorySlack {
		faults = append(faults, fmt.Sprintf("memory grows: %s", g.megabytes()))
	}
	return faults
}

func (g *growth) megabytes() []string {
	list := make([]string, 0, len(g.memory))
	for _, bytes := range g.memory {
		list = append(list, fmt.Sprintf("%.1f MB", float64(bytes)/(1<<20)))
	}
	return list
}
