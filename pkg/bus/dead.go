package bus

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

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
// acknowledgement. What the server would not take as it is, is kept without the
// original's headers and with the beginning of its data, and if even that is
// refused without any data: the original stands on its stream, or comes again
// from its vendor. An error for which [IsRefused] holds is for good.
func (b *Bus) PublishDead(ctx context.Context, letter DeadLetter) error {
	err := b.publishDead(ctx, letter)
	if IsRefused(err) {
		letter.Header, letter.Data = nil, letter.Data[:min(len(letter.Data), maxDeadData)]
		err = b.publishDead(ctx, letter)
	}
	if IsRefused(err) {
		letter.Data = nil
		err = b.publishDead(ctx, letter)
	}
	return err
}

func (b *Bus) publishDead(ctx context.Context, letter DeadLetter) error {
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

// IsRefused reports whether the message, not the bus, is what is wrong: it
// would be refused however often it were published.
func IsRefused(err error) bool {
	if errors.Is(err, nats.ErrMaxPayload) {
		return true
	}
	refusal, ok := errors.AsType[*jetstream.APIError](err)
	if !ok {
		return false
	}
	switch refusal.ErrorCode {
	case messageTooLarge, headerTooLarge, anotherStream, anotherLastID, anotherLastSequence, unknownLastSequence:
		return true
	default:
		return false
	}
}

// What a server calls a message that it refuses for what it is.
const (
	messageTooLarge     jetstream.ErrorCode = 10054
	headerTooLarge      jetstream.ErrorCode = 10097
	anotherStream       jetstream.ErrorCode = 10060
	anotherLastID       jetstream.ErrorCode = 10070
	anotherLastSequence jetstream.ErrorCode = 10071
	unknownLastSequence jetstream.ErrorCode = 10164
)

// Bounds of a dead letter, in bytes: a server takes 64 KiB of headers at most,
// and a letter that it does not take is lost or tried for ever. A text may take
// three times its length in a header, because it is percent-encoded there.
const (
	maxDeadText   = 1 << 10
	maxDeadHeader = 32 << 10
	maxDeadData   = 64 << 10
)

// deadHeader keeps the original's headers beside its own, but for those by
// which a server is told what to do with a message: they were for the original.
func deadHeader(letter DeadLetter) nats.Header {
	header := nats.Header{}
	for name, values := range letter.Header {
		if !strings.HasPrefix(strings.ToLower(name), "nats-") {
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

// sizeOf is what the headers take on the wire.
func sizeOf(header nats.Header) int {
	size := 0
	for name, values := range header {
		for _, value := range values {
			size += len(name) + len(value) + len(": \r\n")
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
