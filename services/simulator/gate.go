package simulator

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net/http"

	"github.com/signalbox-io/signalbox/services/simulator/fault"
	"github.com/signalbox-io/signalbox/services/simulator/record"
)

// maxRequestBytes is the largest request body that is read.
const maxRequestBytes = 1 << 20

// gate stands before one vendor: it reads the request, lets a fault have its
// way, and remembers the call.
type gate struct {
	name   string
	vendor fault.Vendor
	server *Server
}

func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer := &watchedAnswer{ResponseWriter: w}
	call := record.Call{Time: g.server.now(), Vendor: g.name, Method: r.Method, Path: r.URL.Path}
	// Deferred, because breaking a connection is a panic to the handler.
	defer func() {
		call.Status = answer.status
		g.remember(r, call)
	}()

	body, err := io.ReadAll(http.MaxBytesReader(answer, r.Body, maxRequestBytes))
	if err != nil {
		g.rejectBody(answer, err)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))

	hit, ok := g.server.faults.Take(g.name, r.Method, r.URL.Path)
	if !ok {
		g.vendor.ServeHTTP(answer, r)
		return
	}
	call.Fault = string(hit.Kind)
	fault.Serve(answer, r, g.vendor, hit)
}

func (g *gate) rejectBody(w http.ResponseWriter, err error) {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		g.vendor.Fail(w, http.StatusRequestEntityTooLarge)
		return
	}
	g.vendor.Fail(w, http.StatusBadRequest)
}

func (g *gate) remember(r *http.Request, call record.Call) {
	g.server.log.AddCall(call)
	g.server.logger.LogAttrs(r.Context(), slog.LevelDebug, "vendor call",
		slog.String("vendor", call.Vendor),
		slog.String("method", call.Method),
		slog.String("path", call.Path),
		slog.Int("status", call.Status),
		slog.String("fault", call.Fault))
}

// watchedAnswer remembers the status that it passes on.
type watchedAnswer struct {
	http.ResponseWriter

	status int
}

func (a *watchedAnswer) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
	a.ResponseWriter.WriteHeader(status)
}

func (a *watchedAnswer) Write(p []byte) (int, error) {
	if a.status == 0 {
		a.status = http.StatusOK
	}
	return a.ResponseWriter.Write(p)
}

// Unwrap lets a fault reach the connection.
func (a *watchedAnswer) Unwrap() http.ResponseWriter {
	return a.ResponseWriter
}
