// Package record remembers what the simulated vendors were asked, what that
// changed, and which calls broke a documented rate limit.
//
// It refuses to grow: each of the three lists keeps the newest entries and
// counts the ones it let go.
package record

import (
	"log/slog"
	"sync"
	"time"
)

// The actions that an [Effect] can name.
const (
	Pause           = "pause"
	Resume          = "resume"
	CreateWatcher   = "create_watcher"
	UpdateWatcher   = "update_watcher"
	DeleteWatcher   = "delete_watcher"
	UndeleteWatcher = "undelete_watcher"
)

// How many entries each list keeps.
const (
	maxCalls    = 20_000
	maxEffects  = 10_000
	maxExcesses = 1_000
)

// Call is one request to a vendor. It holds neither query nor body, because
// vendors put credentials there.
type Call struct {
	Time   time.Time `json:"time"`
	Vendor string    `json:"vendor"`
	Method string    `json:"method"`
	// Path is the vendor's own, without the simulator's prefix.
	Path string `json:"path"`
	// Status is what the client was sent, 0 if the connection broke first.
	Status int `json:"status"`
	// Fault is the kind of the injected fault, empty if there was none.
	Fault string `json:"fault,omitempty"`
}

// Effect is a call that a vendor carried out on its state, whether or not the
// client received the answer.
type Effect struct {
	Time   time.Time `json:"time"`
	Vendor string    `json:"vendor"`
	Action string    `json:"action"`
	ID     string    `json:"id"`
	// Name is the alert's title or the watcher's name.
	Name string `json:"name,omitempty"`
	// Changed is false if the target was in the wanted state already.
	Changed bool `json:"changed"`
}

// Excess is a call beyond a vendor's documented rate limit.
type Excess struct {
	Time   time.Time `json:"time"`
	Vendor string    `json:"vendor"`
	// Class is the group of endpoints that shares the limit.
	Class string `json:"class"`
	// LimitPerMinute is the documented limit.
	LimitPerMinute int `json:"limit_per_minute"`
}

// Log is the memory of one simulator. It is safe for concurrent use.
type Log struct {
	logger *slog.Logger

	mu       sync.Mutex
	calls    ring[Call]
	effects  ring[Effect]
	excesses ring[Excess]
}

// NewLog returns an empty log that warns of each excess.
func NewLog(logger *slog.Logger) *Log {
	return &Log{
		logger:   logger,
		calls:    ring[Call]{limit: maxCalls},
		effects:  ring[Effect]{limit: maxEffects},
		excesses: ring[Excess]{limit: maxExcesses},
	}
}

// AddCall remembers a call.
func (l *Log) AddCall(c Call) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.calls.add(c)
}

// AddEffect remembers an effect.
func (l *Log) AddEffect(e Effect) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.effects.add(e)
}

// AddExcess remembers a broken rate limit.
func (l *Log) AddExcess(e Excess) {
	l.logger.Warn("call beyond the rate limit",
		slog.String("vendor", e.Vendor), slog.String("class", e.Class), slog.Int("limit_per_minute", e.LimitPerMinute))
	l.mu.Lock()
	defer l.mu.Unlock()
	l.excesses.add(e)
}

// Calls returns the calls that are still held, oldest first, and how many
// there have ever been.
func (l *Log) Calls() ([]Call, int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.calls.all(), l.calls.total
}

// Effects returns the effects that are still held, oldest first, and how many
// there have ever been.
func (l *Log) Effects() ([]Effect, int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.effects.all(), l.effects.total
}

// Excesses returns the excesses that are still held, oldest first, and how
// many there have ever been.
func (l *Log) Excesses() ([]Excess, int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.excesses.all(), l.excesses.total
}
