package bus

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"google.golang.org/protobuf/types/known/timestamppb"

	deadv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/dead/v1"
)

// DeadLetterOf returns what a message of SIGNALBOX_DEAD tells. Whatever stands
// there can be read: what it does not tell, or tells in another form than
// [Bus.PublishDead] writes, is empty.
func DeadLetterOf(msg *jetstream.RawStreamMsg) *deadv1.DeadLetter {
	area, reason := deadWords(msg.Subject)
	sequence, _ := strconv.ParseUint(msg.Header.Get(HeaderDeadSequence), 10, 64)
	return &deadv1.DeadLetter{
		Id:       strconv.FormatUint(msg.Sequence, 10),
		Time:     timestamppb.New(msg.Time),
		Area:     area,
		Reason:   reason,
		Detail:   percentDecode(msg.Header.Get(HeaderDeadDetail)),
		Subject:  percentDecode(msg.Header.Get(HeaderDeadSubject)),
		Stream:   valid(msg.Header.Get(HeaderDeadStream)),
		Sequence: sequence,
		Header:   originalHeader(msg.Header),
		Data:     msg.Data,
	}
}

// deadWords are the area and the reason of a subject of [DeadSubject].
func deadWords(subject string) (area, reason string) {
	words := strings.SplitN(strings.TrimPrefix(subject, strings.TrimSuffix(AllDead, ">")), ".", 2)
	if len(words) < 2 {
		return valid(words[0]), ""
	}
	return valid(words[0]), valid(words[1])
}

// originalHeader leaves out what the letter and the server have beside the
// original's headers, of which those that begin with Nats- are never kept.
func originalHeader(header nats.Header) map[string]string {
	original := map[string]string{}
	for name, values := range header {
		if len(values) > 0 && !strings.HasPrefix(name, "Signalbox-Dead-") && !strings.HasPrefix(name, "Nats-") {
			original[valid(name)] = valid(values[0])
		}
	}
	return original
}

// percentDecode undoes percentEncode; other text stays as it is.
func percentDecode(text string) string {
	if decoded, err := url.PathUnescape(text); err == nil {
		text = decoded
	}
	return valid(text)
}

// valid makes foreign text fit for a message: it is UTF-8 there.
func valid(text string) string { return strings.ToValidUTF8(text, "\uFFFD") }
