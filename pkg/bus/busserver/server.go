// Package busserver runs a NATS JetStream server inside this process, with
// its store on disk. It refuses to be a cluster: one that needs more than one
// server runs nats-server itself and gives its address.
package busserver

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// Options are how the server listens and stores.
type Options struct {
	// Listen is host:port for other processes; "" takes in-process
	// connections only, port 0 a free port.
	Listen string
	// StoreDir is the folder of the streams.
	StoreDir string
	// SyncInterval is how often files are flushed to the disk; 0 means 1s. A
	// killed process loses nothing acknowledged whatever it is; a power cut
	// loses about this much, and streams younger than half a minute as a whole.
	SyncInterval time.Duration
	// SyncAlways flushes each message before it is acknowledged: a power cut
	// loses nothing, and a write costs what the disk takes for one flush.
	SyncAlways bool
}

// Server is an embedded NATS server. It may be started again after Stop.
type Server struct {
	opts   Options
	logger *slog.Logger

	mu      sync.Mutex
	current *server.Server
}

const (
	defaultSync = time.Second
	readyTime   = 30 * time.Second
	maxMemory   = 256 << 20
	// maxStore bounds the store; streams refuse messages beyond it.
	maxStore = 64 << 30
	// maxPayload is the largest message: an event with its raw JSON.
	maxPayload = 4 << 20
)

// ErrNotRunning is returned for a connection to a stopped server.
var ErrNotRunning = errors.New("embedded NATS server is not running")

// New returns a server that is not started.
func New(opts Options, logger *slog.Logger) *Server { return &Server{opts: opts, logger: logger} }

// Start starts the server and returns when it takes connections.
func (s *Server) Start(ctx context.Context) error {
	options, err := s.options()
	if err != nil {
		return err
	}
	if err := s.free(ctx, options); err != nil {
		return err
	}
	current, err := server.NewServer(options)
	if err != nil {
		return fmt.Errorf("start embedded NATS with store %s: %w", s.opts.StoreDir, err)
	}
	current.SetLoggerV2(natsLogger{logger: s.logger}, false, false, false)
	current.Start()
	wait := readyTime
	if deadline, ok := ctx.Deadline(); ok {
		wait = min(wait, time.Until(deadline))
	}
	if !current.ReadyForConnections(wait) {
		current.Shutdown()
		current.WaitForShutdown()
		return fmt.Errorf("start embedded NATS on %q with store %s: not ready after %s; is the address taken?",
			s.opts.Listen, s.opts.StoreDir, wait.Round(time.Second))
	}
	s.mu.Lock()
	s.current = current
	s.mu.Unlock()
	return nil
}

// Stop stops the server and waits until its files are closed. It is harmless
// on a server that does not run.
func (s *Server) Stop(context.Context) error {
	s.mu.Lock()
	current := s.current
	s.current = nil
	s.mu.Unlock()
	if current != nil {
		current.Shutdown()
		current.WaitForShutdown()
	}
	return nil
}

// InProcessConn gives a connection to the server as it runs now, so that a
// client survives a restart inside the process.
func (s *Server) InProcessConn() (net.Conn, error) {
	s.mu.Lock()
	current := s.current
	s.mu.Unlock()
	if current == nil {
		return nil, ErrNotRunning
	}
	return current.InProcessConn()
}

// URL returns the address for other processes, "" while there is none.
func (s *Server) URL() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current == nil || s.opts.Listen == "" {
		return ""
	}
	return s.current.ClientURL()
}

// free tells at once of an address that is taken; the server itself would only
// log it and never become ready.
func (s *Server) free(ctx context.Context, options *server.Options) error {
	if options.DontListen || options.Port == server.RANDOM_PORT {
		return nil
	}
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", net.JoinHostPort(options.Host, strconv.Itoa(options.Port)))
	if err != nil {
		return fmt.Errorf("listen for NATS: %w; free the address or set nats.embedded.listen", err)
	}
	return listener.Close()
}

func (s *Server) options() (*server.Options, error) {
	interval := s.opts.SyncInterval
	if interval == 0 {
		interval = defaultSync
	}
	options := &server.Options{
		ServerName: "signalbox", JetStream: true, StoreDir: s.opts.StoreDir,
		JetStreamMaxMemory: maxMemory, JetStreamMaxStore: maxStore, MaxPayload: maxPayload,
		SyncInterval: interval, SyncAlways: s.opts.SyncAlways, NoSigs: true, DontListen: s.opts.Listen == "",
	}
	if s.opts.Listen == "" {
		return options, nil
	}
	host, port, err := splitListen(s.opts.Listen)
	options.Host, options.Port = host, port
	return options, err
}
