package query

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// moment writes a time as RFC 3339 in UTC, "" for none.
func moment(t *timestamppb.Timestamp) string {
	if t == nil {
		return ""
	}
	return t.AsTime().Format(time.RFC3339)
}

// word writes an enum's value as filters do: without its prefix.
func word(value fmt.Stringer, prefix string) string {
	return strings.TrimPrefix(value.String(), prefix)
}

// jsonLine writes a record as one line, as REST shows it. protojson varies its
// blanks on purpose; they are taken out.
func jsonLine(out io.Writer, record proto.Message) error {
	data, err := protojson.MarshalOptions{EmitDefaultValues: true}.Marshal(record)
	if err != nil {
		return fmt.Errorf("write a record as JSON: %w", err)
	}
	var line bytes.Buffer
	if err := json.Compact(&line, data); err != nil {
		return fmt.Errorf("write a record as JSON: %w", err)
	}
	line.WriteByte('\n')
	if _, err := out.Write(line.Bytes()); err != nil {
		return fmt.Errorf("print a record: %w", err)
	}
	return nil
}
