package anomify

import (
	"encoding/json"
	"errors"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/signalbox-io/signalbox/services/adapter/object"
)

var errNoID = errors.New("has no id")

// codec reads the vendor's objects, which are read alone and never written
// back: changes are forms.
func codec() object.Codec { return object.Codec{SnakeCase: true, Lenient: true} }

// message is a message for one of the vendor's objects.
type message[T any] interface {
	*T
	proto.Message
}

// identified is a message for one of the vendor's objects that has an id.
type identified[T any] interface {
	message[T]
	GetId() string
}

// partOf reads an object of which nothing is indispensable.
func partOf[T any, M message[T]](record json.RawMessage) (*T, error) {
	value := new(T)
	if err := codec().Read(record, M(value)); err != nil {
		return nil, err
	}
	return value, nil
}

// objectOf reads an object of which only the id is indispensable.
func objectOf[T any, M identified[T]](record json.RawMessage) (*T, error) {
	value, err := partOf[T, M](record)
	if err == nil && M(value).GetId() == "" {
		return nil, errNoID
	}
	return value, err
}

// structOf keeps an object of a shape that nobody knows.
func structOf(record json.RawMessage) (*structpb.Struct, error) {
	fields, err := codec().Parse(record)
	if err != nil {
		return nil, err
	}
	return structpb.NewStruct(fields)
}
