package anodot

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	anodotv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anodot/v1"
)

// objects are one of each kind of object.
func objects() []proto.Message {
	return []proto.Message{
		&anodotv1.AlertConfiguration{}, &anodotv1.AlertMeta{}, &anodotv1.DataSource{}, &anodotv1.DataStream{},
		&anodotv1.Channel{}, &anodotv1.TriggeredAlert{}, &anodotv1.Anomaly{}, &anodotv1.UserEvent{},
	}
}

// roundTrip reads the object and writes it again.
func roundTrip(t *testing.T, record string, m proto.Message) {
	t.Helper()
	require.NoError(t, readObject(json.RawMessage(record), m))
	plain, err := writeObject(m)
	require.NoError(t, err)
	written, err := json.Marshal(plain)
	require.NoError(t, err)
	require.JSONEq(t, record, string(written))
}

func TestObject_ComesBackAsItWas(t *testing.T) {
	t.Parallel()
	for name, record := range map[string]string{
		"typed":             `{"timeScale":"5m","type":["anomaly","no data"],"title":"Drop","isOnlyOpen":false,"severity":"info"}`,
		"a word of its own": `{"timeScale":"2m","severity":"Critical","type":["anomaly","odd"]}`,
		"wrong types":       `{"title":7,"isOnlyOpen":"yes","channels":"c1","conditions":{"a":1},"search":[],"type":"static"}`,
		"nulls":             `{"title":null,"channels":null,"conditions":[null],"search":null}`,
		"empty":             `{"channels":[],"conditions":[],"title":"","search":{},"correlatedEvents":{"query":{"expression":[]}}}`,
		"inside":            `{"conditions":[{"type":"delta","duration":1.5},{"type":"new","duration":-1,"extra":{"x":1}}]}`,
		"called extra":      `{"extra":{"extra":1}}`,
		"unknown":           `{"expressionTreeModel":{"a":[1,{"b":null}]},"updatePolicy":{"time":300},"labels":[{"name":"shop","color":"red"}]}`,
		"times":             `{"createTime":1584355524,"modifyTime":1584355524.5,"startTime":1e12,"duration":432000,"startDate":"soon"}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, m := range objects() {
				roundTrip(t, record, m)
			}
		})
	}
}

func TestObject_TypedFieldsWinOverExtraOnes(t *testing.T) {
	t.Parallel()
	configuration := &anodotv1.AlertConfiguration{}
	require.NoError(t, readObject([]byte(`{"channels":[],"title":7,"severity":"odd"}`), configuration))
	configuration.Channels = []string{"c1"}
	configuration.Title = new("Drop")
	plain, err := writeObject(configuration)
	require.NoError(t, err)
	require.Equal(t, map[string]any{"channels": []any{"c1"}, "title": "Drop", "severity": "odd"}, plain)
}

func TestObject_WhatCannotBeKeptIsRefused(t *testing.T) {
	t.Parallel()
	for _, record := range []string{
		``, `7`, `[]`, `null`, `"x"`, `{"a":1e999}`, `{"a":`,
		`{"a":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `}`,
	} {
		require.Error(t, readObject(json.RawMessage(record), &anodotv1.DataStream{}), record)
	}
}

func TestObject_AValueWithoutAWordIsNotWritten(t *testing.T) {
	t.Parallel()
	severity := anodotv1.Severity(99)
	_, err := writeObject(&anodotv1.AlertConfiguration{Severity: &severity})
	require.ErrorContains(t, err, "severity is 99")
	_, err = jsonOf("configuration", map[string]any{"x": math.NaN()})
	require.Error(t, err)
}
