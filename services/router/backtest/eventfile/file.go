package eventfile

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"time"
)

// file is one file on its way. read belongs to a goroutine of its own, the rest
// to the reader's.
type file struct {
	name   string
	opened io.ReadCloser
	// chunks come in the file's order, decoded or not yet.
	chunks chan *chunk

	items []Item
	clock time.Time
	err   error
	// cut says why the file was not read to its end; written before chunks is
	// closed.
	cut error
}

// chunk is a part of a file that ends with a line's end.
type chunk struct {
	file string
	// line is the number of its first line.
	line int
	text []byte
	// tooLong tells that it is one line, of which only the beginning was kept.
	tooLong bool
	// read is how many bytes of the file it stands for.
	read int64
	// err ends the file.
	err error

	items []Item
	// decoded is closed when items are there.
	decoded chan struct{}
}

// peek returns the next line, false at the end.
func (f *file) peek() (Item, bool) {
	for len(f.items) == 0 {
		c, ok := <-f.chunks
		if !ok {
			f.err = f.cut
			return Item{}, false
		}
		<-c.decoded
		if f.err = c.err; f.err != nil {
			return Item{}, false
		}
		f.items = c.items
		f.settle()
	}
	return f.items[0], true
}

// settle gives each line its time of arrival: the clock never goes back.
func (f *file) settle() {
	for i := range f.items {
		if f.items[i].Arrived.After(f.clock) {
			f.clock = f.items[i].Arrived
		}
		f.items[i].Arrived = f.clock
	}
}

func (f *file) pop() Item {
	item := f.items[0]
	f.items[0] = Item{} // lets go of the event
	f.items = f.items[1:]
	return item
}

// read cuts the file into chunks, and hands each to the workers and to whoever
// takes the lines. It ends with the file or with ctx.
func (f *file) read(ctx context.Context, jobs chan<- *chunk, count *atomic.Int64) {
	defer close(f.chunks)
	in := bufio.NewReaderSize(f.opened, chunkBytes)
	for line := 1; ; {
		c := next(in)
		c.file, c.line, c.decoded = f.name, line, make(chan struct{})
		line += c.lines()
		isLast := c.err != nil
		if errors.Is(c.err, io.EOF) {
			c.err = nil
		}
		select {
		case f.chunks <- c:
		case <-ctx.Done():
			f.cut = ctx.Err()
			return
		}
		count.Add(c.read)
		select {
		case jobs <- c:
		case <-ctx.Done():
			c.err = ctx.Err()
			close(c.decoded)
			return
		}
		if isLast {
			return
		}
	}
}

// next reads whole lines of about chunkBytes together. The error, which may be
// io.EOF, comes with what was read before it.
func next(in *bufio.Reader) *chunk {
	c := &chunk{text: make([]byte, 0, chunkBytes)}
	n, err := io.ReadFull(in, c.text[:chunkBytes])
	c.text, c.read = c.text[:n], int64(n)
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		c.err = io.EOF
		return c
	case err != nil:
		c.err = err
		return c
	case c.text[n-1] == '\n':
		return c
	}
	for { // the rest of the last line
		part, err := in.ReadSlice('\n')
		c.read += int64(len(part))
		if room := MaxLineBytes + chunkBytes - len(c.text); len(part) <= room {
			c.text = append(c.text, part...)
		} else {
			c.tooLong = true
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if c.tooLong {
			c.text = append(c.text, '\n') // what was left out
		}
		c.err = err
		return c
	}
}

// lines returns how many lines the chunk has.
func (c *chunk) lines() int { return bytes.Count(c.text, []byte{'\n'}) }

// decode reads the chunk's lines; empty ones hold nothing.
func (c *chunk) decode() {
	defer close(c.decoded)
	text := c.text
	c.text = nil
	for number := c.line; len(text) > 0; number++ {
		line, rest, _ := bytes.Cut(text, []byte{'\n'})
		text = rest
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		isCut := c.tooLong && len(text) == 0
		if isCut || len(line) > MaxLineBytes {
			c.add(number, fmt.Errorf("the line is longer than %d MiB", MaxLineBytes>>20), Item{})
			continue
		}
		e, err := Decode(line)
		item := Item{Event: e}
		if err == nil {
			item.Arrived = e.GetOccurredAt().AsTime()
			if at := e.GetObservedAt(); at != nil {
				item.Arrived = at.AsTime()
			}
		}
		c.add(number, err, item)
	}
}

func (c *chunk) add(line int, err error, item Item) {
	if err != nil {
		item.Event, item.Problem = nil, &Problem{File: c.file, Line: line, Err: err}
	}
	c.items = append(c.items, item)
}
