package simulator_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/services/simulator"
)

// How long, and how often, a test looks for something that happens beside it.
const (
	waitFor = 90 * time.Second
	tick    = time.Millisecond
)

// stand is a simulator that serves on loopback, and a client for it.
type stand struct {
	*simulator.Server

	url    string
	client *http.Client
	// stop ends the simulator and waits; it may be called twice.
	stop func()
}

func start(t *testing.T, options simulator.Options) *stand {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server := simulator.New(options)
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	stopped := make(chan error, 1)
	go func() { stopped <- server.Serve(ctx, listener) }()

	transport := &http.Transport{}
	stop := sync.OnceFunc(func() {
		transport.CloseIdleConnections()
		cancel()
		require.NoError(t, <-stopped)
	})
	t.Cleanup(stop)
	return &stand{
		Server: server,
		url:    "http://" + listener.Addr().String(),
		client: &http.Client{Transport: transport, Timeout: 30 * time.Second},
		stop:   stop,
	}
}

// maxKept is how much of an answer's body is looked at.
const maxKept = 4 << 20

// answer is what a call got.
type answer struct {
	status int
	header http.Header
	body   string
	// size is that of the whole body.
	size int
	took time.Duration
}

// headers are alternating names and values.
func (s *stand) call(t *testing.T, method, path, body string, headers ...string) (answer, error) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, s.url+path, strings.NewReader(body))
	require.NoError(t, err)
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	began := time.Now()
	response, err := s.client.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	content, err := io.ReadAll(io.LimitReader(response.Body, maxKept))
	if err != nil {
		return answer{}, err
	}
	rest, err := io.Copy(io.Discard, response.Body)
	return answer{
		status: response.StatusCode,
		header: response.Header,
		body:   string(content),
		size:   len(content) + int(rest),
		took:   time.Since(began),
	}, err
}

func (s *stand) mustCall(t *testing.T, method, path, body string, headers ...string) answer {
	t.Helper()
	got, err := s.call(t, method, path, body, headers...)
	require.NoError(t, err)
	return got
}
