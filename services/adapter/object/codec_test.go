package object_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	anodotv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anodot/v1"
	anomifyv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anomify/v1"
	"github.com/signalbox-io/signalbox/services/adapter/object"
)

func exact() object.Codec {
	return object.Codec{Word: func(value protoreflect.EnumValueDescriptor) string {
		text, _ := proto.GetExtension(value.Options(), anodotv1.E_Word).(string)
		return text
	}}
}

func lenient() object.Codec { return object.Codec{SnakeCase: true, Lenient: true} }

func TestCodec_AnObjectComesBackAsItWas(t *testing.T) {
	t.Parallel()
	for _, record := range []string{
		`{"timeScale":"5m","type":["anomaly","no data"],"title":"Drop","isOnlyOpen":false,"severity":"info"}`,
		`{"timeScale":"2m","severity":"Critical","type":["anomaly","odd"],"title":7,"channels":[],"search":null}`,
		`{"conditions":[{"type":"delta","duration":1.5},{"type":"new","extra":{"x":1}}],"extra":{"extra":1}}`,
	} {
		m := &anodotv1.AlertConfiguration{}
		require.NoError(t, exact().Read(json.RawMessage(record), m))
		plain, err := exact().Write(m)
		require.NoError(t, err)
		written, err := json.Marshal(plain)
		require.NoError(t, err)
		require.JSONEq(t, record, string(written))
	}
}

func TestCodec_ALenientOneTakesWhatMeansTheSame(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ record, want string }{
		"as documented": {
			`{"id":"6","enabled":true,"checks":3,"anomaly_value":1.5,"duration":300,"created_timestamp":5}`,
			`{"id":"6","enabled":true,"checks":"3","anomalyValue":1.5,"duration":"300s","createdTimestamp":"1970-01-01T00:00:05Z"}`,
		},
		"as other types": {
			`{"id":9007199254740993,"enabled":"1","positive":"FALSE","checks":"3","anomaly_value":" 1.5 ","duration":"1.5","created_timestamp":"5.5"}`,
			`{"id":"9007199254740993","enabled":true,"positive":false,"checks":"3","anomalyValue":1.5,"duration":"1.500s","createdTimestamp":"1970-01-01T00:00:05.500Z"}`,
		},
		"as nothing": {
			`{"id":"6","label":null,"created_timestamp":0,"last_match_timestamp":false,"checks":"","layers":null}`,
			`{"id":"6"}`,
		},
		"as something else": {
			`{"id":{"a":1},"enabled":2,"checks":1.5,"anomaly_value":"NaN","created_timestamp":1e12,"label":["x"],"30_day":1}`,
			`{"extra":{"id":{"a":1},"enabled":2,"checks":1.5,"anomaly_value":"NaN","created_timestamp":1e12,"label":["x"],"30_day":1}}`,
		},
		"a text is kept where anything goes": {`{"id":"6","layers":""}`, `{"id":"6","layers":""}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := &anomifyv1.Pattern{}
			require.NoError(t, lenient().Read(json.RawMessage(tc.record), m))
			require.JSONEq(t, tc.want, protojson.Format(m))
		})
	}
}

func TestCodec_AMessageWithoutExtraKeepsItsFieldsAlone(t *testing.T) {
	t.Parallel()
	m := &anomifyv1.Point{}
	require.NoError(t, lenient().Read([]byte(`{"timestamp":5,"value":"x","other":1}`), m))
	require.JSONEq(t, `{"timestamp":"1970-01-01T00:00:05Z"}`, protojson.Format(m))
	plain, err := lenient().Write(m)
	require.NoError(t, err)
	require.Equal(t, map[string]any{"timestamp": int64(5)}, plain)
}

func TestCodec_ListsAndObjectsInside(t *testing.T) {
	t.Parallel()
	m := &anomifyv1.AdminAlert{}
	require.NoError(t, lenient().Read([]byte(`{"id":1,"alerts":[{"method":"email","user":{"id":7,"phone_number":"x"}}]}`), m))
	require.JSONEq(t, `{"id":"1","alerts":[{"method":"email","user":{"id":"7","extra":{"phone_number":"x"}}}]}`, protojson.Format(m))
	m = &anomifyv1.AdminAlert{}
	require.NoError(t, lenient().Read([]byte(`{"id":1,"alerts":[{"method":"email"},7]}`), m))
	require.Empty(t, m.GetAlerts(), "one that is none leaves the list as it came")
	require.NotNil(t, m.GetExtra().GetFields()["alerts"])
}

func TestCodec_WhatCannotBeKeptIsRefused(t *testing.T) {
	t.Parallel()
	for _, codec := range []object.Codec{exact(), lenient()} {
		for _, record := range []string{
			``, `7`, `[]`, `null`, `"x"`, `{"a":1e999}`, `{"a":`, `{} {}`,
			`{"a":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `}`,
			`{"a":[0` + strings.Repeat(",0", 300_000) + `]}`,
		} {
			require.Error(t, codec.Read(json.RawMessage(record), &anomifyv1.Pattern{}), record)
		}
	}
}

func TestCodec_AValueWithoutAWordIsNotWritten(t *testing.T) {
	t.Parallel()
	severity := anodotv1.Severity(99)
	_, err := exact().Write(&anodotv1.AlertConfiguration{Severity: &severity})
	require.ErrorContains(t, err, "severity is 99")
	severity = anodotv1.Severity_SEVERITY_LOW
	_, err = object.Codec{}.Write(&anodotv1.AlertConfiguration{Severity: &severity})
	require.ErrorContains(t, err, "no word", "the zero value has no enumerations")
}
