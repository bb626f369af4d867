package adaptertest

import (
	"bytes"
	"io"
	"io/fs"
	"net/http"
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

// Request is a request as the vendor saw it.
type Request struct {
	// Method and Path are those of the request line, Path still escaped.
	Method, Path string
	// Query is the query string.
	Query string
	// Header holds the request's headers.
	Header http.Header
	// Body is the request's body.
	Body string
}

// remember keeps the request and leaves its body to be read again.
func (b *Bench) remember(r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		body = []byte("unreadable: " + err.Error())
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	b.mu.Lock()
	defer b.mu.Unlock()
	b.requests = append(b.requests, Request{
		Method: r.Method, Path: r.URL.EscapedPath(), Query: r.URL.RawQuery, Header: r.Header.Clone(), Body: string(body),
	})
}

// Requests returns what the vendor has been asked, in order.
func (b *Bench) Requests() []Request {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.requests)
}

// Calls returns how many requests the vendor has seen.
func (b *Bench) Calls() int { return len(b.Requests()) }

// CallsTo returns how many requests the vendor has seen for the path.
func (b *Bench) CallsTo(path string) int {
	n := 0
	for _, request := range b.Requests() {
		if request.Path == path {
			n++
		}
	}
	return n
}

// Recorded returns an answer of the vendor's, recorded in testdata.
func Recorded(t *testing.T, name string) string {
	t.Helper()
	content, err := fs.ReadFile(os.DirFS("testdata"), name)
	require.NoError(t, err)
	return string(content)
}

// Golden requires that the message is the one in testdata, as protobuf's JSON.
func Golden(t *testing.T, name string, got proto.Message) {
	t.Helper()
	require.JSONEq(t, Recorded(t, name), protojson.Format(got))
}

// EqualJSON requires that the message is the one written as protobuf's JSON.
func EqualJSON(t *testing.T, want string, got proto.Message) {
	t.Helper()
	require.JSONEq(t, want, protojson.Format(got))
}
