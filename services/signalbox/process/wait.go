package process

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

const (
	callTime = 5 * time.Second
	maxBody  = 64 << 20
)

// FreeAddress returns a loopback address on which nobody listens. Another
// process may take it before it is used; then the one that wanted it says so.
func FreeAddress(ctx context.Context) (string, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a free address: %w", err)
	}
	address := listener.Addr().String()
	if err := listener.Close(); err != nil {
		return "", fmt.Errorf("find a free address: %w", err)
	}
	return address, nil
}

// Until asks done every so often until it says yes, fails, or ctx ends. The
// error of an end names what was waited for and what was seen last.
func Until(ctx context.Context, every time.Duration, what string, done func(context.Context) (ok bool, seen string, err error)) error {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		ok, seen, err := done(ctx)
		if err != nil {
			return fmt.Errorf("wait for %s: %w", what, err)
		}
		if ok {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for %s: %s: %w", what, seen, ctx.Err())
		case <-ticker.C:
		}
	}
}

// AwaitOK waits until a GET of url answers 200, or the process has ended.
func (p *Process) AwaitOK(ctx context.Context, every time.Duration, url string) error {
	return Until(ctx, every, p.Name+" to answer at "+url, func(ctx context.Context) (bool, string, error) {
		if err := p.Check(); err != nil {
			return false, "", err
		}
		status, body, err := Get(ctx, url)
		if err != nil {
			return false, err.Error(), nil //nolint:nilerr // it does not listen yet
		}
		return status == http.StatusOK, fmt.Sprintf("status %d: %s", status, body), nil
	})
}

// Get returns the status and the body of a GET.
func Get(ctx context.Context, url string) (int, []byte, error) {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return 0, nil, fmt.Errorf("get %s: %w", url, err)
	}
	request.Close = true // the next one may go to another process at the same address
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, nil, fmt.Errorf("get %s: %w", url, err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxBody))
	if err != nil {
		return 0, nil, fmt.Errorf("get %s: %w", url, err)
	}
	return response.StatusCode, body, nil
}
