package anura

import (
	"time"

	"github.com/signalbox-io/signalbox/pkg/config"
)

// NewBoundedSource returns a source whose calls take so long, and whose tables
// have so many rows, at most.
func NewBoundedSource(
	source config.Source, client Client, now func() time.Time, timeout time.Duration, maxRows int,
) *Source {
	s := NewSource(source, client, now)
	s.timeout, s.maxRows = timeout, maxRows
	return s
}
