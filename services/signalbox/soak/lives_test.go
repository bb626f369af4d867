package soak_test

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/bus"
	"github.com/signalbox-io/signalbox/pkg/bus/busserver"
	"github.com/signalbox-io/signalbox/pkg/config"
)

// lives are one process after the other, each with what its predecessor left on
// the disk. Some end as an operator ends them, others as SIGKILL does.
type lives struct {
	dir     string
	cfg     config.Config
	server  *busserver.Server
	network *pipes
	front   *front
	log     *watchedLog

	bus    *bus.Bus
	cord   *cord
	box    *box // nil between two processes
	random *rand.Rand
	begun  int
	killed int
	// amid is how many were killed amid a write.
	amid int
}

// begin starts the first process, or the next one.
func (l *lives) begin(t *testing.T) {
	t.Helper()
	l.begun++
	data, next := l.dataOf(l.begun), l.dataOf(l.begun+1)
	// What a killed process left is what the disk holds when it is killed: what it
	// writes while it is cleared away here is not.
	l.cord = newCord(func() { copyFolder(data, next) })
	quiet := slog.New(slog.DiscardHandler)
	l.bus = bus.New(bus.Options{Server: heldServer{l.server, l.cord}, Name: "soak"}, quiet)
	require.NoError(t, l.bus.Start(t.Context()))
	cfg := l.cfg
	cfg.DataDir, cfg.Dial = data, l.cord.dialer(l.network.dial)
	l.box = start(t, cfg, l.bus, l.log, l.front.open(l.cord))
}

func (l *lives) dataOf(life int) string { return filepath.Join(l.dir, "life-"+strconv.Itoa(life)) }

// end stops the process.
func (l *lives) end(t *testing.T) {
	t.Helper()
	l.log.look("what metrics or readiness say", l.box.shown(t))
	require.NoError(t, l.box.stop())
	require.NoError(t, l.bus.Stop(context.WithoutCancel(t.Context())))
	l.cord.cut() // nothing is left but files
}

// doom lets the process die with one of its next writes: one of events, one to a
// bucket, as of a cursor, or any. There are more of each in a minute.
func (l *lives) doom() {
	f := []fray{{of: "signalbox.event.", after: 4}, {of: "$KV.", after: 60}, {after: 120}}[l.killed%3]
	f.after, f.arrives = l.random.IntN(f.after), l.random.IntN(2) == 0
	l.cord.weaken(f)
}

// bury ends a process that was doomed, and clears away what is left of it.
func (l *lives) bury(t *testing.T) {
	t.Helper()
	l.killed++
	if l.cord.hasSnapped() {
		l.amid++
	}
	l.cord.cut()
	l.log.look("what metrics or readiness say", l.box.shown(t))
	_ = l.box.stop() // it cannot end well
	require.NoError(t, l.bus.Stop(context.WithoutCancel(t.Context())))
	if l.box = nil; l.killed%outageEvery != 0 {
		l.begin(t)
	}
}

// copyFolder copies files that may be written to meanwhile. There is no folder
// before the first call of a vendor.
func copyFolder(from, to string) {
	if err := os.CopyFS(to, os.DirFS(from)); err != nil && !os.IsNotExist(err) {
		panic(err)
	}
}

// heldServer is the NATS server as one process reaches it.
type heldServer struct {
	*busserver.Server

	cord *cord
}

func (s heldServer) InProcessConn() (net.Conn, error) {
	return s.cord.hold(s.Server.InProcessConn())
}

// minute lets happen what happens, and half a minute pass. Now and then the
// process ends in it: with its end as an operator makes it, or amid its polls.
func (l *lives) minute(t *testing.T, n int, happens func()) {
	t.Helper()
	switch at := n % period; {
	case l.box == nil:
		happens()
		<-time.After(time.Minute / 4)
		l.begin(t)
		<-time.After(time.Minute / 4)
	case isStop(at):
		happens()
		l.end(t)
		l.begin(t)
		<-time.After(time.Minute / 2)
	case at < kills && at%killEvery == killEvery-1:
		l.doom()
		happens()
		<-time.After(time.Minute)
		l.bury(t)
	default:
		happens()
		<-time.After(time.Minute / 2) // between polls, which begin with the minute
	}
}

// isStop reports whether a process is stopped at a minute of a period.
func isStop(at int) bool { return at == kills+15 || at == period-1 }
