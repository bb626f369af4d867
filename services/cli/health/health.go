// Package health is the command that tells, by its exit code, whether a
// process can do its work: for health checks of containers and for people. It
// asks once, over gRPC or HTTP, and waits at most four seconds.
package health

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"google.golang.org/grpc/codes"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"

	"github.com/signalbox-io/signalbox/services/cli/client"
	"github.com/signalbox-io/signalbox/services/cli/exit"
	"github.com/signalbox-io/signalbox/services/cli/text"
)

const (
	// patience is shorter than the five seconds that health checks of
	// containers commonly wait.
	patience     = 4 * time.Second
	maxBodyBytes = 64 << 10
)

// errNotHealthy is why the exit code is 1.
var errNotHealthy = errors.New("not healthy")

// NewCommand returns `signalbox health`.
func NewCommand() *cobra.Command {
	var addr string
	command := &cobra.Command{
		Use:   "health",
		Short: "Tell by the exit code whether a process can do its work",
		Long: `Ask a process whether it can do its work now. The exit code is 0 if it can, 1 if
it cannot or does not answer within 4 seconds; the reason is printed.

The address is that of gRPC (host:port), or a URL whose answer of 200 means
healthy: /readyz of the HTTP address gives the reason, or what the parts of a healthy
process note, such as which router decides; /healthz tells only that the process
is alive.`,
		Example: `  signalbox health
  signalbox health --addr http://127.0.0.1:7421/readyz`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			notes, err := check(command.Context(), addr)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(command.OutOrStdout(), "%s is healthy%s\n", shown(addr), notes)
			return err
		},
	}
	command.Flags().StringVar(&addr, "addr", client.DefaultAddr, "host:port of gRPC, or an http or https URL")
	return command
}

// shown is the address as it may be printed: without credentials.
func shown(addr string) string {
	if u, err := url.Parse(addr); err == nil && u.User != nil {
		return u.Redacted()
	}
	return addr
}

// check returns what a healthy process notes, which only HTTP tells.
func check(ctx context.Context, addr string) (notes string, err error) {
	if strings.HasPrefix(addr, "http://") || strings.HasPrefix(addr, "https://") {
		return checkHTTP(ctx, addr)
	}
	return "", checkGRPC(ctx, addr)
}

func checkGRPC(ctx context.Context, addr string) (err error) {
	c, err := client.New(addr, patience)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	call, cancel := c.Bound(ctx)
	defer cancel()
	answer, err := healthv1.NewHealthClient(c.Conn()).Check(call, &healthv1.HealthCheckRequest{})
	switch {
	case status.Code(err) == codes.DeadlineExceeded && ctx.Err() == nil:
		return fmt.Errorf("%w: no answer from %s within %s: it is still starting, or stuck; /readyz of its HTTP address says what it waits for",
			errNotHealthy, addr, patience)
	case err != nil:
		return fmt.Errorf("%w: %w", errNotHealthy, c.Explain(ctx, err))
	case answer.GetStatus() != healthv1.HealthCheckResponse_SERVING:
		return fmt.Errorf("%w: %s says that it cannot do its work; /readyz of its HTTP address says why", errNotHealthy, addr)
	default:
		return nil
	}
}

func checkHTTP(ctx context.Context, addr string) (notes string, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, addr, http.NoBody)
	if err != nil || request.URL.Host == "" {
		// What cannot be read may hold a password anywhere.
		return "", exit.Usage(errors.New("--addr is no URL; write one such as http://127.0.0.1:7421/readyz"))
	}
	// The process itself is asked, and no proxy in between.
	transport := &http.Transport{DisableKeepAlives: true}
	defer transport.CloseIdleConnections()
	response, err := (&http.Client{Transport: transport}).Do(request)
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return "", fmt.Errorf("%w: no answer from %s within %s", errNotHealthy, shown(addr), patience)
	case err != nil:
		return "", fmt.Errorf("%w: %w", errNotHealthy, err) // names the URL, its password left out
	}
	defer func() { _ = response.Body.Close() }()
	said := read(io.LimitReader(response.Body, maxBodyBytes))
	if response.StatusCode == http.StatusOK {
		return said.notes(), nil
	}
	return "", fmt.Errorf("%w: %s answers %s%s", errNotHealthy, shown(addr), response.Status, said.reason())
}

// answer is that of a Signalbox, or of a NATS server.
type answer struct {
	Reason     string `json:"reason"`
	Error      string `json:"error"`
	Components []struct {
		Name string `json:"name"`
		Note string `json:"note"`
	} `json:"components"`
}

// read returns the answer, an empty one for what is none.
func read(body io.Reader) answer {
	var a answer
	if err := json.NewDecoder(body).Decode(&a); err != nil {
		return answer{}
	}
	return a
}

func (a answer) reason() string { return behindColon(a.Reason + " " + a.Error) }

func (a answer) notes() string {
	var notes []string
	for _, c := range a.Components {
		if c.Note != "" {
			notes = append(notes, c.Name+" "+c.Note)
		}
	}
	return behindColon(strings.Join(notes, "; "))
}

func behindColon(words string) string {
	if line := text.Line(words); line != "" {
		return ": " + text.Cut(line, maxReasonRunes)
	}
	return ""
}

const maxReasonRunes = 500
