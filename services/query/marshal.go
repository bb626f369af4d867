package query

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

// marshaler writes protobuf JSON: names in lowerCamelCase, enums by name, and
// values that are 0, false or empty written out, so that an empty list is seen
// to be one. Spaces, which protojson varies on purpose, are taken out, and a
// newline ends the answer.
type marshaler struct {
	runtime.JSONPb
}

func newMarshaler() *marshaler {
	return &marshaler{JSONPb: runtime.JSONPb{MarshalOptions: jsonOptions()}}
}

func jsonOptions() protojson.MarshalOptions {
	return protojson.MarshalOptions{EmitDefaultValues: true}
}

// Marshal returns v as one line.
func (m *marshaler) Marshal(v any) ([]byte, error) {
	loose, err := m.JSONPb.Marshal(v)
	if err != nil {
		return nil, err
	}
	var line bytes.Buffer
	if err := json.Compact(&line, loose); err != nil {
		return nil, err
	}
	line.WriteByte('\n')
	return line.Bytes(), nil
}

// compactJSON returns the message as one line without its newline.
func compactJSON(m proto.Message) ([]byte, error) {
	line, err := newMarshaler().Marshal(m)
	return bytes.TrimSuffix(line, []byte("\n")), err
}

// writeError answers with the error as google.rpc.Status in JSON, under the
// HTTP status that belongs to its code.
func writeError(w http.ResponseWriter, err error) {
	if malformed, ok := errors.AsType[*runtime.HTTPStatusError](err); ok {
		writeErrorAs(w, malformed.HTTPStatus, malformed.Err)
		return
	}
	writeErrorAs(w, runtime.HTTPStatusFromCode(status.Code(err)), err)
}

func writeErrorAs(w http.ResponseWriter, code int, err error) {
	body, marshalErr := newMarshaler().Marshal(status.Convert(err).Proto())
	if marshalErr != nil {
		body = []byte(`{"code":13,"message":"the error cannot be written as JSON"}` + "\n")
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(code)
	// A caller that went away gets no answer; there is nobody left to tell.
	_, _ = io.Copy(w, bytes.NewReader(body))
}
