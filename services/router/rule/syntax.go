package rule

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/signalbox-io/signalbox/pkg/yamlfault"
)

// MaxFileBytes is the longest rules file that is read, far above ten thousand
// rules.
const MaxFileBytes = 8 << 20

// maxValues bounds how many values a file may hold by the marks that separate
// them. A parsed value takes a hundred times the memory of its two bytes.
const maxValues = 1 << 20

// parse returns the root of the file's one document, nil when there is none
// or when it cannot be read; the faults are in the source then.
func parse(f File, s *source) *yaml.Node {
	if len(f.Data) > MaxFileBytes {
		s.report(1, 1, "", fmt.Sprintf("the file has %d bytes: expected at most %d, split it", len(f.Data), MaxFileBytes))
		return nil
	}
	if at := invalidUTF8(f.Data); at >= 0 {
		before := linesOf(f.Data[:at])
		s.report(len(before), 1+utf8.RuneCountInString(before[len(before)-1]), "",
			"this is not UTF-8: save the file in that encoding (UTF-16 and code pages are not read)")
		return nil
	}
	if n := marks(f.Data); n > maxValues {
		s.report(1, 1, "", fmt.Sprintf("the file has %d lines, commas, colons and brackets: expected at most %d, split it", n, maxValues))
		return nil
	}
	reader := yaml.NewDecoder(strings.NewReader(string(f.Data)))
	var document yaml.Node
	if err := reader.Decode(&document); err != nil {
		if !errors.Is(err, io.EOF) {
			s.syntax(f.Data, err)
		}
		return nil
	}
	var next yaml.Node
	if err := reader.Decode(&next); err == nil {
		s.report(next.Line, next.Column, "", "a second document: expected one for each file")
		return nil
	} else if !errors.Is(err, io.EOF) {
		s.syntax(f.Data, err)
		return nil
	}
	return document.Content[0]
}

// marks counts what separates values in YAML.
func marks(data []byte) int {
	n := 0
	for _, mark := range []byte("\n,:[{") {
		n += bytes.Count(data, []byte{mark})
	}
	return n
}

// invalidUTF8 returns where the text stops being UTF-8, -1 if it is all of it.
// A parser that is given another encoding may find nothing at all in it.
func invalidUTF8(data []byte) int {
	if utf8.Valid(data) {
		return bytes.IndexByte(data, 0) // UTF-16 without a mark
	}
	at := 0
	for at < len(data) {
		r, size := utf8.DecodeRune(data[at:])
		if r == utf8.RuneError && size == 1 {
			break
		}
		at += size
	}
	return at
}

// syntax reports a fault of the YAML itself.
func (s *source) syntax(data []byte, err error) {
	fault := yamlfault.Of(data, err)
	line := min(fault.Line, len(s.lines))
	column := fault.Column
	if column == 0 {
		text := s.line(line)
		column = 1 + len([]rune(text)) - len([]rune(strings.TrimLeft(text, " \t")))
	}
	s.report(line, column, "", "no valid YAML: "+fault.Message)
}
