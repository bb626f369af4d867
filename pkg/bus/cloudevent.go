package bus

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/signalbox-io/signalbox/pkg/event"
	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	decisionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/decision/v1"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
)

// Content types of message data.
const (
	ContentProtobuf = "application/protobuf"
	ContentJSON     = "application/json"
)

// Headers of a CloudEvent in NATS binary mode: each attribute is a header
// `ce-<attribute>`. datacontenttype is set both as an attribute and as
// content-type, because published readers look in either place.
const (
	headerID          = "ce-id"
	headerSource      = "ce-source"
	headerSpecVersion = "ce-specversion"
	headerType        = "ce-type"
	headerSubject     = "ce-subject"
	headerTime        = "ce-time"
	headerDataType    = "ce-datacontenttype"
	headerContentType = "content-type"
)

// ErrNotCloudEvent is returned for a message without the attributes that
// every CloudEvent has.
var ErrNotCloudEvent = errors.New("message is no CloudEvent in NATS binary mode")

// envelope is what surrounds the data of a message.
type envelope struct {
	subject string // of NATS
	id      string // ce-id
	msgID   string // Nats-Msg-Id
	kind    string // ce-type
	source  string // ce-source
	about   string // ce-subject
	time    time.Time
}

// encode builds the message; contentType is ContentProtobuf or ContentJSON.
func encode(env envelope, m proto.Message, contentType string) (*nats.Msg, error) {
	data, err := marshal(m, contentType)
	if err != nil {
		return nil, fmt.Errorf("encode %s %s as %s: %w", env.kind, env.id, contentType, err)
	}
	header := nats.Header{
		headerID:          {percentEncode(env.id)},
		headerSource:      {percentEncode(env.source)},
		headerSpecVersion: {"1.0"},
		headerType:        {env.kind},
		headerTime:        {env.time.UTC().Format(time.RFC3339Nano)},
		headerDataType:    {contentType},
		headerContentType: {contentType},
	}
	if env.about != "" {
		header[headerSubject] = []string{percentEncode(env.about)}
	}
	if env.msgID != "" {
		header[nats.MsgIdHdr] = []string{env.msgID}
	}
	return &nats.Msg{Subject: env.subject, Header: header, Data: data}, nil
}

func marshal(m proto.Message, contentType string) ([]byte, error) {
	if contentType == ContentJSON {
		return protojson.Marshal(m)
	}
	return proto.MarshalOptions{Deterministic: true}.Marshal(m)
}

// contentTypeOf returns what a CloudEvent says that its data are.
func contentTypeOf(header nats.Header) (string, error) {
	if header.Get(headerSpecVersion) == "" || header.Get(headerID) == "" {
		return "", ErrNotCloudEvent
	}
	if contentType := header.Get(headerDataType); contentType != "" {
		return contentType, nil
	}
	return header.Get(headerContentType), nil
}

// decode reads the data of a message into m, whichever content type it has.
func decode(header nats.Header, data []byte, m proto.Message) error {
	contentType, err := contentTypeOf(header)
	if err != nil {
		return err
	}
	switch contentType {
	case ContentProtobuf:
		return proto.Unmarshal(data, m)
	case ContentJSON:
		return protojson.Unmarshal(data, m)
	default:
		return fmt.Errorf("content type %q is neither %s nor %s", contentType, ContentProtobuf, ContentJSON)
	}
}

// percentEncode escapes what a header cannot hold, as the HTTP binding of
// CloudEvents does: everything but printable ASCII, and space, quote, percent.
func percentEncode(text string) string {
	if !strings.ContainsFunc(text, needsEncoding) {
		return text
	}
	var b strings.Builder
	for i := range len(text) {
		if c := text[i]; needsEncoding(rune(c)) {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

func needsEncoding(r rune) bool { return r <= 0x20 || r >= 0x7f || r == '"' || r == '%' }

func eventEnvelope(e *eventv1.Event) envelope {
	return envelope{
		subject: EventSubject(e), id: e.GetId(), msgID: e.GetId(),
		kind:   "signalbox.event.v1." + string(event.KindOf(e)),
		source: sourceURI(e.GetSource()), about: e.GetEntity(), time: e.GetOccurredAt().AsTime(),
	}
}

func decisionEnvelope(d *decisionv1.Decision) envelope {
	return envelope{
		subject: DecisionSubject(d), id: d.GetId(), msgID: d.GetId(),
		kind: "signalbox.decision.v1." + enumToken(d.GetOutcome(), "OUTCOME_"), source: "/signalbox/router",
		about: d.GetEntity(), time: d.GetTime().AsTime(),
	}
}

func actionEnvelope(a *actionv1.Action) envelope {
	state := enumToken(a.GetState(), "STATE_")
	id := fmt.Sprintf("%s-%s-%d", a.GetId(), state, a.GetAttempts())
	if a.GetRetries() > 0 {
		id += fmt.Sprintf("-%d", a.GetRetries())
	}
	return envelope{
		subject: ActionSubject(a), id: id, msgID: id, kind: "signalbox.action.v1." + state,
		source: "/signalbox/router", about: a.GetTarget(), time: a.GetUpdatedAt().AsTime(),
	}
}

func leaseEnvelope(l *actionv1.Lease) envelope {
	state := enumToken(l.GetState(), "LEASE_STATE_")
	updated := l.GetUpdatedAt().AsTime()
	id := fmt.Sprintf("%s-%s-%d", l.GetId(), state, updated.UnixNano())
	return envelope{
		subject: LeaseSubject(l), id: id, msgID: id, kind: "signalbox.lease.v1." + state,
		source: "/signalbox/router", about: l.GetTarget(), time: updated,
	}
}

func inputEnvelope(id string, in *routerv1.Input) envelope {
	return envelope{
		subject: InputSubject(in), id: id, msgID: id, kind: "signalbox.input.v1." + inputType(in),
		source: "/signalbox/router", time: in.GetTakenAt().AsTime(),
	}
}

func sourceURI(source string) string { return "/signalbox/sources/" + url.PathEscape(source) }
