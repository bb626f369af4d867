package inventory

import (
	"github.com/signalbox-io/signalbox/pkg/bus"
	"github.com/signalbox-io/signalbox/pkg/event"
)

// maxKeyBytes bounds an id in a key: a server takes no longer subjects than 4 KiB.
const maxKeyBytes = 256

// keyOf returns the key of an alert. An id that is too long is known by its hash.
func keyOf(source, id string) string {
	token := bus.Token(id)
	if len(token) > maxKeyBytes {
		token = "=h" + event.Hash("alert", id) // no escape begins like this
	}
	return source + "." + token
}
