package pollertest

import (
	"bytes"
	"encoding/json"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/signalbox-io/signalbox/pkg/poll"
)

const (
	updateFlag   = "update"
	goldenSuffix = ".golden.json"
)

// Main runs a package's tests, with -update to write its golden files, and
// fails it if goroutines are left.
func Main(m *testing.M) {
	flag.Bool(updateFlag, false, "write the golden files")
	goleak.VerifyTestMain(m)
}

// Read reads testdata/<name>.json into an adapter's answer.
func Read[M proto.Message](t *testing.T, name string, answer M) M {
	t.Helper()
	data, err := fs.ReadFile(os.DirFS("testdata"), name+".json")
	require.NoError(t, err)
	require.NoError(t, protojson.Unmarshal(data, answer))
	return answer
}

// Golden compares a batch with testdata/<name>.golden.json.
func Golden(t *testing.T, name string, batch poll.Batch) {
	t.Helper()
	got := render(t, batch)
	if f := flag.Lookup(updateFlag); f != nil && f.Value.String() == "true" {
		require.NoError(t, os.WriteFile(filepath.Join("testdata", name+goldenSuffix), got, 0o600))
	}
	want, err := fs.ReadFile(os.DirFS("testdata"), name+goldenSuffix)
	require.NoError(t, err, "run the test with -update to write the file, then read it")
	require.Equal(t, string(want), string(got))
}

// File is what a golden file holds.
type File struct {
	Events   []json.RawMessage    `json:"events"`
	Open     map[string]time.Time `json:"open,omitempty"`
	Changes  map[string]string    `json:"changes,omitempty"`
	Rejected []poll.Rejected      `json:"rejected,omitempty"`
	Omitted  map[string]int       `json:"omitted,omitempty"`
	Why      map[string]string    `json:"why,omitempty"`
}

func render(t *testing.T, batch poll.Batch) []byte {
	t.Helper()
	file := File{Open: batch.Open, Changes: batch.Changes, Rejected: batch.Rejected, Omitted: batch.Omitted, Why: batch.Why, Events: []json.RawMessage{}}
	for _, e := range batch.Events {
		data, err := protojson.MarshalOptions{UseProtoNames: true}.Marshal(e)
		require.NoError(t, err)
		file.Events = append(file.Events, data)
	}
	// Encoding again evens out the white space, which protojson varies.
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	require.NoError(t, encoder.Encode(file))
	return out.Bytes()
}
