package eventfile

import (
	"errors"
	"strings"

	"google.golang.org/protobuf/encoding/protojson"

	"github.com/signalbox-io/signalbox/pkg/event"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
)

// Decode returns the event that a line holds. An error says what is wrong with
// it. What it takes and what it returns is what protojson takes and returns,
// and the event is one that event.Validate finds nothing wrong with.
func Decode(line []byte) (*eventv1.Event, error) {
	e := scanEvent(line)
	if e == nil {
		e = &eventv1.Event{}
		if err := protojson.Unmarshal(line, e); err != nil {
			return nil, plain(err)
		}
	}
	if err := event.Validate(e); err != nil {
		return nil, err
	}
	return e, nil
}

// maxErrorBytes bounds what is told of a line: protobuf quotes the value that it does
// not take, however long that is.
const maxErrorBytes = 300

// plain is the error without the mark by which protobuf keeps programs from
// comparing its texts.
func plain(err error) error {
	text := strings.TrimPrefix(strings.ReplaceAll(err.Error(), "\u00a0", " "), "proto: ")
	if len(text) > maxErrorBytes {
		text = strings.ToValidUTF8(text[:maxErrorBytes], "") + "…"
	}
	return errors.New(text)
}
