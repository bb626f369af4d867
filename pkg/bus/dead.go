package bus

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/nats-io/nats.go"

	"github.com/signalbox-io/signalbox/pkg/event"
)

// DeadLetter is a message or record that could not be decoded, decided or
// done, with the reason and the original.
type DeadLetter struct {
	// Area that gave up: `router`, `poller`.
	Area string
	// Reason is one word for metrics and the subject: `undecodable`.
	Reason string
	// Detail says in words what was wrong; secrets removed.
	Detail string
	// ID makes keeping it twice harmless; "" derives it from Stream and
	// Sequence.
	ID string
	// Stream and Sequence are where the original stands, "" and 0 if nowhere.
	Stream   string
	Sequence uint64
	// Subject of the original, or the source of the record.
	Subject string
	// Header of the original.
	Header nats.Header
	// Data of the original.
	Data []byte
}

// Headers of a dead letter; the original's headers stay beside them.
const (
	HeaderDeadReason   = "Signalbox-Dead-Reason"
	HeaderDeadDetail   = "Signalbox-Dead-Detail"
	HeaderDeadSubject  = "Signalbox-Dead-Subject"
	HeaderDeadStream   = "Signalbox-Dead-Stream"
	HeaderDeadSequence = "Signalbox-Dead-Sequence"
)

// PublishDead keeps a dead letter on SIGNALBOX_DEAD and waits for the
// acknowledgement.
func (b *Bus) PublishDead(ctx context.Context, letter DeadLetter) error {
	msg := &nats.Msg{
		Subject: DeadSubject(letter.Area, letter.Reason),
		Header:  deadHeader(letter),
		Data:    letter.Data,
	}
	if _, err := b.js.PublishMsg(ctx, msg); err != nil {
		return fmt.Errorf("keep dead letter on %s: %w", msg.Subject, err)
	}
	return nil
}

// Bounds of a dead letter's headers, in bytes: a server takes 64 KiB of headers
// at most, and a letter that it does not take is lost or tried for ever.
const (
	maxDeadText   = 1 << 10
	maxDeadHeader = 32 << 10
)

func deadHeader(letter DeadLetter) nats.Header {
	header := nats.Header{}
	for name, values := range letter.Header {
		if name != nats.MsgIdHdr { // the original's id belongs to its stream
			header[name] = values
		}
	}
	if sizeOf(header) > maxDeadHeader {
		header = nats.Header{}
	}
	header[HeaderDeadReason] = []string{letter.Reason}
	header[HeaderDeadDetail] = []string{percentEncode(cut(letter.Detail))}
	header[HeaderDeadSubject] = []string{percentEncode(cut(letter.Subject))}
	sequence := strconv.FormatUint(letter.Sequence, 10)
	header[HeaderDeadStream] = []string{letter.Stream}
	header[HeaderDeadSequence] = []string{sequence}
	switch {
	case len(letter.ID) > maxDeadText:
		header[nats.MsgIdHdr] = []string{letter.Area + "-" + event.Hash(letter.ID)}
	case letter.ID != "":
		header[nats.MsgIdHdr] = []string{letter.Area + "-" + letter.ID}
	case letter.Stream != "":
		header[nats.MsgIdHdr] = []string{letter.Area + "-" + letter.Stream + "-" + sequence}
	}
	return header
}

func sizeOf(header nats.Header) int {
	size := 0
	for name, values := range header {
		for _, value := range values {
			size += len(name) + len(value)
		}
	}
	return size
}

// cut keeps the beginning of a text, whole characters only.
func cut(text string) string {
	if len(text) <= maxDeadText {
		return text
	}
	return strings.ToValidUTF8(text[:maxDeadText], "") + "…"
}
