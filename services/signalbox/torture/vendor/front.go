package vendor

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/signalbox-io/signalbox/services/simulator"
)

// maxBody bounds a request that is read.
const maxBody = 1 << 20

// Call is one call of a vendor.
type Call struct {
	// Number counts from 1.
	Number int
	// Method and Path as they were asked for, the path with the vendor's name.
	Method, Path string
}

// Cut says where the client is cut off.
type Cut int

// What becomes of a call.
const (
	// Pass carries it out and answers.
	Pass Cut = iota
	// Before it is carried out, the client is killed.
	Before
	// After it was carried out, the client is killed and does not get the answer.
	After
	// Stall carries it out and lets the client wait until it gives up.
	Stall
	// Error does not carry it out, and answers 500.
	Error
	// Reset does not carry it out, and breaks the connection.
	Reset
)

// Front serves the simulated vendors on an address of its own. It is safe for
// concurrent use.
type Front struct {
	// Simulator has the vendors and what they did.
	Simulator *simulator.Server

	watch    func(Call) Cut
	kill     func()
	listener net.Listener
	server   *http.Server
	ended    chan struct{}

	mu     sync.Mutex
	number int
	calls  []Call
}

// NewFront serves the vendors until Close. watch is asked about each call, one
// after the other; kill ends the client and returns when it is gone.
func NewFront(ctx context.Context, watch func(Call) Cut, kill func()) (*Front, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for the vendors: %w", err)
	}
	f := &Front{
		Simulator: simulator.New(simulator.Options{}), watch: watch, kill: kill,
		listener: listener, ended: make(chan struct{}),
	}
	f.server = &http.Server{
		Handler: f, ReadHeaderTimeout: 5 * time.Second,
		ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug),
	}
	go func() {
		defer close(f.ended)
		_ = f.server.Serve(listener)
	}()
	return f, nil
}

// Addr is where the vendors are called.
func (f *Front) Addr() string { return f.listener.Addr().String() }

// Calls returns every call, in order.
func (f *Front) Calls() []Call {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]Call{}, f.calls...)
}

// Close cuts off the calls under way and ends.
func (f *Front) Close() error {
	err := f.server.Close()
	<-f.ended
	return err
}

// ServeHTTP does with a call what watch says.
func (f *Front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err != nil {
		panic(http.ErrAbortHandler) // the client has gone
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	switch f.ask(r) {
	case Before:
		f.kill()
		panic(http.ErrAbortHandler)
	case After:
		f.Simulator.Handler().ServeHTTP(&answer{header: http.Header{}}, r)
		f.kill()
		panic(http.ErrAbortHandler)
	case Stall:
		f.Simulator.Handler().ServeHTTP(&answer{header: http.Header{}}, r)
		<-r.Context().Done()
		panic(http.ErrAbortHandler)
	case Error:
		http.Error(w, "something went wrong", http.StatusInternalServerError)
	case Reset:
		panic(http.ErrAbortHandler)
	default:
		f.Simulator.Handler().ServeHTTP(w, r)
	}
}

func (f *Front) ask(r *http.Request) Cut {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.number++
	call := Call{Number: f.number, Method: r.Method, Path: r.URL.Path}
	f.calls = append(f.calls, call)
	return f.watch(call)
}

// answer is one that nobody gets.
type answer struct{ header http.Header }

// Header implements [http.ResponseWriter].
func (a *answer) Header() http.Header { return a.header }

// WriteHeader implements [http.ResponseWriter].
func (a *answer) WriteHeader(int) {}

// Write implements [http.ResponseWriter].
func (a *answer) Write(p []byte) (int, error) { return len(p), nil }
