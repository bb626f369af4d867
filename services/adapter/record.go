package adapter

import (
	"encoding/json"

	"github.com/signalbox-io/signalbox/pkg/vendorhttp"
)

const (
	// maxRaw caps the vendor's JSON that rides along with a record.
	maxRaw = 64 << 10
	// maxRejectedRaw caps what is kept of a record that could not be read.
	maxRejectedRaw = 4 << 10
)

// Raw returns the vendor's JSON of a record; nothing of one longer than
// 64 KiB, because half a JSON helps nobody.
func Raw(record string) string {
	if len(record) > maxRaw {
		return ""
	}
	return record
}

// Rejection describes a record that could not be read: index, reason, and its
// beginning. The texts are those of an answer that is scrubbed already.
type Rejection struct {
	Index  int32
	Reason string
	Raw    string
}

// Reject describes a record that could not be read because of err.
func Reject(index int32, err error, record string) Rejection {
	return Rejection{Index: index, Reason: err.Error(), Raw: vendorhttp.Cut(record, maxRejectedRaw)}
}

// ReadEach converts records one by one, so that a bad one costs only itself.
// Convert may return both a value and an error, for a record that is readable
// in part.
func ReadEach[T any](records []json.RawMessage, convert func(json.RawMessage) (*T, error)) ([]*T, []Rejection) {
	read := make([]*T, 0, len(records))
	var rejected []Rejection
	for i, record := range records {
		value, err := convert(record)
		if value != nil {
			read = append(read, value)
		}
		if err != nil {
			rejected = append(rejected, Reject(int32(i), err, string(record)))
		}
	}
	return read, rejected
}

// IsPathPart reports whether text can stand as one part of a path: escaping
// takes care of everything but the names that lead elsewhere.
func IsPathPart(text string) bool { return text != "" && text != "." && text != ".." }
