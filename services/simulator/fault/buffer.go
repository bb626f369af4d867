package fault

import (
	"bytes"
	"net/http"
)

// buffer takes an answer that the client shall see in part or not at all.
type buffer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func newBuffer() *buffer {
	return &buffer{header: http.Header{}, status: http.StatusOK}
}

func (b *buffer) Header() http.Header { return b.header }

func (b *buffer) WriteHeader(status int) { b.status = status }

func (b *buffer) Write(p []byte) (int, error) { return b.body.Write(p) }
