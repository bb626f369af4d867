package document_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/config/document"
	configv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/config/v1"
)

func read(text string) *document.Document {
	d := document.Read("f.yaml", []byte(text))
	d.Decode(&configv1.Config{}, (&configv1.Secret{}).ProtoReflect().Descriptor().FullName())
	return d
}

func TestReport_PointsAtTheSettingOrAtTheNearestAroundIt(t *testing.T) {
	t.Parallel()
	d := read("nats:\n\treplicas")
	require.True(t, d.Unreadable(), "tabs do not indent")

	d = read("nats:\n  replicas: 3\nlog: {level: info}\n")
	d.Report("nats.replicas", "too many")
	d.Report("nats.url", "missing")
	d.Report("http.listen", "missing")
	d.ReportInside("log.level", 1, 3, "odd")
	require.True(t, d.Refused("nats.url"))
	require.False(t, d.Refused("nats"))
	require.Equal(t, `f.yaml:1:1: http.listen: missing
    1 | nats:
      | ^
f.yaml:2:3: nats.url: missing
    2 |   replicas: 3
      |   ^
f.yaml:2:13: nats.replicas: too many
    2 |   replicas: 3
      |             ^
f.yaml:3:16: log.level: odd
    3 | log: {level: info}
      |                ^`, d.Problems().Error())
}

func TestProblems_AreErrorsEachByItself(t *testing.T) {
	t.Parallel()
	d := read("a: 1\nb: 2\n")
	one, ok := errors.AsType[*document.Problem](d.Problems())
	require.True(t, ok)
	require.Equal(t, "a", one.Path)
	require.Len(t, d.Problems().Unwrap(), 2)
}

func TestProblems_AreNotEndless(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	for i := range 300 {
		text.WriteString(strings.Repeat("k", i+1) + ": 1\n")
	}
	message := read(text.String()).Problems().Error()
	require.Contains(t, message, "and 250 more")
	require.Less(t, len(message), 50*600)

	require.Contains(t, read(strings.Repeat("#", 2<<20)).Problems().Error(), "the file has 2097152 bytes")
	require.Less(t, len(read("data_dir: ["+strings.Repeat("x", 1<<16)+"]").Problems().Error()), 1000)
}
