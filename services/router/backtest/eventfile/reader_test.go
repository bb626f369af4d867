package eventfile_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/services/router/backtest/eventfile"
)

var base = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

// line is an event that occurred so many seconds after base, and was observed
// after so many, or never if that is negative.
func line(id string, occurred, observed int) string {
	stamp := func(second int) string { return base.Add(time.Duration(second) * time.Second).Format(time.RFC3339) }
	more := ""
	if observed >= 0 {
		more = fmt.Sprintf(`"observedAt":%q,`, stamp(observed))
	}
	return fmt.Sprintf(`{"id":%q,"source":"anodot-prod","occurredAt":%q,%s"feedback":{"alertId":"1"}}`+"\n", id, stamp(occurred), more)
}

func write(t *testing.T, name string, parts ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, []byte(strings.Join(parts, "")), 0o600))
	return path
}

// all reads the files and returns ids and problems in order, and the clock.
func all(t *testing.T, names ...string) (shown []string, clocks []int) {
	t.Helper()
	r, err := eventfile.Open(t.Context(), names, nil)
	require.NoError(t, err)
	defer func() { require.NoError(t, r.Close()) }()
	for events := uint64(0); ; {
		item, ok, err := r.Next()
		require.NoError(t, err)
		if !ok {
			read, size := r.Progress()
			require.Equal(t, size, read)
			return shown, clocks
		}
		clocks = append(clocks, int(item.Arrived.Sub(base)/time.Second))
		if item.Problem != nil {
			require.Nil(t, item.Event)
			require.Zero(t, item.Sequence)
			shown = append(shown, fmt.Sprintf("%s:%d", filepath.Base(item.Problem.File), item.Problem.Line))
			continue
		}
		shown = append(shown, item.Event.GetId())
		events++
		require.Equal(t, events, item.Sequence)
	}
}

func TestReader_KeepsTheOrderOfAFile(t *testing.T) {
	t.Parallel()
	file := write(t, "a.jsonl", line("a", 10, -1), line("b", 5, -1), line("c", 1, 12), "\n", line("d", 11, -1))
	shown, clocks := all(t, file)
	require.Equal(t, []string{"a", "b", "c", "d"}, shown)
	require.Equal(t, []int{10, 10, 12, 12}, clocks, "the clock never goes back")
}

func TestReader_MergesByArrival(t *testing.T) {
	t.Parallel()
	first := write(t, "a.jsonl", line("a1", 1, -1), line("a2", 9, -1), line("a3", 2, -1), line("a4", 12, -1))
	second := write(t, "b.jsonl", line("b1", 1, -1), line("b2", 3, 9), line("b3", 10, -1))
	shown, _ := all(t, first, second)
	require.Equal(t, []string{"a1", "b1", "a2", "a3", "b2", "b3", "a4"}, shown)
	shown, _ = all(t, second, first)
	require.Equal(t, []string{"b1", "a1", "b2", "a2", "a3", "b3", "a4"}, shown)
}

func TestReader_TellsOfBadLinesAndGoesOn(t *testing.T) {
	t.Parallel()
	long := `{"title":"` + strings.Repeat("x", eventfile.MaxLineBytes+1) + `"}` + "\n"
	huge := `{"title":"` + strings.Repeat("y", 2*eventfile.MaxLineBytes) + `"}` + "\n"
	file := write(t, "a.jsonl", line("a", 1, -1), "{\n", long, line("b", 2, -1), "\r\n", huge, `{"id":"x"}`+"\n",
		line("c", 3, -1), strings.TrimSuffix(line("d", 4, -1), "\n"))
	shown, _ := all(t, file)
	require.Equal(t, []string{"a", "a.jsonl:2", "a.jsonl:3", "b", "a.jsonl:6", "a.jsonl:7", "c", "d"}, shown)
}

func TestReader_KeepsOrderOverManyChunks(t *testing.T) {
	t.Parallel()
	const n = 20_000
	var text strings.Builder
	for i := range n {
		text.WriteString(line(strconv.Itoa(i), i, -1))
	}
	shown, clocks := all(t, write(t, "a.jsonl", text.String()))
	require.Len(t, shown, n)
	for i := range n {
		require.Equal(t, strconv.Itoa(i), shown[i])
		require.Equal(t, i, clocks[i])
	}
}

func TestReader_AnEmptyFileHasNoLine(t *testing.T) {
	t.Parallel()
	shown, _ := all(t, write(t, "a.jsonl"), write(t, "b.jsonl", line("b", 1, -1)))
	require.Equal(t, []string{"b"}, shown)
}

func TestOpen_NamesEachFileThatCannotBeRead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	_, err := eventfile.Open(t.Context(), []string{filepath.Join(dir, "a"), dir, write(t, "b.jsonl"), filepath.Join(dir, "c")}, nil)
	require.ErrorIs(t, err, os.ErrNotExist)
	require.ErrorContains(t, err, filepath.Join(dir, "a"))
	require.ErrorContains(t, err, filepath.Join(dir, "c"))
	require.ErrorContains(t, err, dir+" is a folder")
	_, err = eventfile.Open(t.Context(), make([]string, eventfile.MaxFiles+1), nil)
	require.ErrorContains(t, err, "65 files are more than can be read at once")
}

// TestReader_EndsWhenItsContextDoes reads a file that would go on for long.
func TestReader_EndsWhenItsContextDoes(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	file := write(t, "a.jsonl", strings.Repeat(line("a", 1, -1), 100_000))
	r, err := eventfile.Open(ctx, []string{file}, nil)
	require.NoError(t, err)
	_, ok, err := r.Next()
	require.NoError(t, err)
	require.True(t, ok)
	cancel()
	for err == nil {
		require.True(t, ok, "the end of the file came before the error")
		_, ok, err = r.Next()
	}
	require.ErrorIs(t, err, context.Canceled)
	require.NoError(t, r.Close())
}

func TestReader_MayBeClosedAtAnyTime(t *testing.T) {
	t.Parallel()
	file := write(t, "a.jsonl", strings.Repeat(line("a", 1, -1), 100_000))
	r, err := eventfile.Open(t.Context(), []string{file, file}, nil)
	require.NoError(t, err)
	require.NoError(t, r.Close())
}

// blocked is a terminal at which nobody types.
type blocked struct{ until chan struct{} }

func (b blocked) Read([]byte) (int, error) {
	<-b.until
	return 0, io.EOF
}

func TestReader_ReadsStandardInput(t *testing.T) {
	t.Parallel()
	r, err := eventfile.Open(t.Context(), []string{eventfile.Stdin}, strings.NewReader(line("a", 1, 1)+"{\n"))
	require.NoError(t, err)
	item, ok, err := r.Next()
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, "a", item.Event.GetId())
	item, ok, err = r.Next()
	require.NoError(t, err)
	require.True(t, ok)
	require.ErrorContains(t, item.Problem, "<stdin>:2:")
	require.NoError(t, r.Close())

	quiet := blocked{make(chan struct{})}
	r, err = eventfile.Open(t.Context(), []string{eventfile.Stdin}, quiet)
	require.NoError(t, err)
	require.NoError(t, r.Close(), "it ends although the terminal does not")
	close(quiet.until)
}
