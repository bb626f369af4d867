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

// jsonLine writes a record as one line, as REST shows it.
func jsonLine(out io.Writer, record proto.Message) error {
	line, err := jsonText(record, true)
	if err != nil {
		return fmt.Errorf("write a record as JSON: %w", err)
	}
	if _, err := io.WriteString(out, line+"\n"); err != nil {
		return fmt.Errorf("print a record: %w", err)
	}
	return nil
}

// jsonText is a message as JSON, with what is empty only if it is wanted.
// protojson varies its blanks on purpose; they are taken out.
func jsonText(m proto.Message, isWhole bool) (string, error) {
	data, err := protojson.MarshalOptions{EmitDefaultValues: isWhole}.Marshal(m)
	if err != nil {
		return "", err
	}
	var line bytes.Buffer
	err = json.Compact(&line, data)
	return line.String(), err
}
