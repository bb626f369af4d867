package eventfile

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
)

// Bounds of what is read ahead.
const (
	// chunkBytes is how much of a file one worker decodes at once.
	chunkBytes = 256 << 10
	// aheadChunks is how many chunks of a file are read ahead.
	aheadChunks = 4
	// MaxLineBytes bounds a line; a longer one is a problem.
	MaxLineBytes = 4 << 20
	// MaxFiles bounds how many files are read at once.
	MaxFiles = 64
)

// Problem is a line that holds no event that can be judged.
type Problem struct { //nolint:errname // a problem of a file, beside others
	// File is the name of the file as it was given.
	File string
	// Line counts from 1.
	Line int
	// Err says what is wrong.
	Err error
}

// Error returns the place and what is wrong.
func (p *Problem) Error() string { return fmt.Sprintf("%s:%d: %v", p.File, p.Line, p.Err) }

// Unwrap returns what is wrong.
func (p *Problem) Unwrap() error { return p.Err }

// Item is one line: an event, or what is wrong with the line.
type Item struct {
	// Event is nil where there is a problem.
	Event *eventv1.Event
	// Arrived is when the event arrived: when it was observed, or else when it
	// occurred, and never before the event of the line above.
	Arrived time.Time
	// Sequence is the event's place among all that are handed out, from 1, as events
	// on a stream have theirs.
	Sequence uint64
	// Problem is nil where there is an event.
	Problem *Problem
}

// Reader reads files side by side and hands out their lines in the order of
// arrival; lines of one instant in the order of the files, and within a file
// always in the file's own. It belongs to one goroutine, which must close it.
type Reader struct {
	files  []*file
	cancel context.CancelFunc
	done   sync.WaitGroup
	read   atomic.Int64
	size   int64
	last   uint64 // sequence of the event before
}

// Stdin is the name that stands for standard input.
const Stdin = "-"

// Open opens the files and begins to read; stdin is what is read for [Stdin]. An
// error names every file that cannot be opened. Reading ends early when ctx does.
func Open(ctx context.Context, names []string, stdin io.Reader) (*Reader, error) {
	if len(names) > MaxFiles {
		return nil, fmt.Errorf("%d files are more than can be read at once, which is %d; put some together", len(names), MaxFiles)
	}
	r := &Reader{}
	var faults []error
	for _, name := range names {
		if name == Stdin {
			r.add("<stdin>", unhurried(stdin))
			continue
		}
		faults = append(faults, r.open(name))
	}
	if err := errors.Join(faults...); err != nil {
		return nil, errors.Join(err, r.closeFiles())
	}
	ctx, r.cancel = context.WithCancel(ctx)
	jobs := make(chan *chunk)
	var reading sync.WaitGroup
	for _, f := range r.files {
		reading.Go(func() { f.read(ctx, jobs, &r.read) })
	}
	r.done.Go(func() {
		reading.Wait()
		close(jobs)
	})
	for range runtime.GOMAXPROCS(0) {
		r.done.Go(func() {
			for c := range jobs {
				c.decode()
			}
		})
	}
	return r, nil
}

func (r *Reader) add(name string, opened io.ReadCloser) {
	r.files = append(r.files, &file{name: name, opened: opened, chunks: make(chan *chunk, aheadChunks)})
}

// unhurried lets reading be ended although nobody can end the read of a terminal:
// the goroutine ends with the input, or with the process.
func unhurried(in io.Reader) io.ReadCloser {
	out, write := io.Pipe()
	go func() {
		_, err := io.Copy(write, in)
		_ = write.CloseWithError(err) // never fails
	}()
	return out
}

func (r *Reader) open(name string) error {
	opened, err := os.Open(filepath.Clean(name))
	if err != nil {
		return fmt.Errorf("read events: %w", err)
	}
	r.add(name, opened)
	info, err := opened.Stat()
	switch {
	case err != nil:
		return fmt.Errorf("read events: %w", err)
	case info.IsDir():
		return fmt.Errorf("read events: %s is a folder; name a file with an event a line", name)
	}
	r.size += info.Size()
	return nil
}

// Next returns the next line, false at the end. An error is one of reading, and
// ends it.
func (r *Reader) Next() (Item, bool, error) {
	var first *file
	for _, f := range r.files {
		item, ok := f.peek()
		if f.err != nil {
			return Item{}, false, fmt.Errorf("read events: %w", f.err)
		}
		if ok && (first == nil || item.Arrived.Before(first.items[0].Arrived)) {
			first = f
		}
	}
	if first == nil {
		return Item{}, false, nil
	}
	item := first.pop()
	if item.Event != nil {
		r.last++
		item.Sequence = r.last
	}
	return item, true, nil
}

// Progress returns how many bytes were read, and how many there are; 0 for a
// length that is not known, as a pipe's.
func (r *Reader) Progress() (read, size int64) { return r.read.Load(), r.size }

// Close ends reading and closes the files.
func (r *Reader) Close() error {
	r.cancel()
	for _, f := range r.files {
		if pipe, ok := f.opened.(*io.PipeReader); ok {
			_ = pipe.Close() // ends a read that waits; it never fails
		}
	}
	r.done.Wait()
	return r.closeFiles()
}

func (r *Reader) closeFiles() error {
	var faults []error
	for _, f := range r.files {
		faults = append(faults, f.opened.Close())
	}
	return errors.Join(faults...)
}
