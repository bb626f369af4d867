package anodot

import (
	"encoding/json"

	"google.golang.org/protobuf/proto"

	"github.com/signalbox-io/signalbox/services/adapter/object"
)

// codec writes the vendor's objects with the names and words of its document.
func codec() object.Codec { return object.Codec{Word: ownWord} }

// readObject fills the message with the vendor's JSON object. A field takes the
// value of its name if it can give it back as it came; anything else goes to
// `extra`, so that writeObject restores the object.
func readObject(record json.RawMessage, m proto.Message) error { return codec().Read(record, m) }

// writeObject returns the vendor's object that the message stands for. It
// fails at a value of an enumeration that the vendor has no word for.
func writeObject(m proto.Message) (map[string]any, error) { return codec().Write(m) }
