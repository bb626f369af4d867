package rule_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/reflect/protoreflect"

	rulev1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/rule/v1"
	"github.com/signalbox-io/signalbox/services/router/rule"
)

func names(fields protoreflect.FieldDescriptors, without ...string) []string {
	var list []string
	for i := range fields.Len() {
		if name := string(fields.Get(i).Name()); !slices.Contains(without, name) {
			list = append(list, name)
		}
	}
	slices.Sort(list)
	return list
}

// Every action of the language is described, and its message has the fields of
// its operation.
func TestActionSpecs_AreThoseOfTheLanguage(t *testing.T) {
	t.Parallel()
	language := (&rulev1.Do{}).ProtoReflect().Descriptor().Fields()
	require.Len(t, rule.ActionSpecs(), language.Len())
	for i, spec := range rule.ActionSpecs() {
		do := language.Get(i)
		require.Equal(t, string(do.Name()), spec.Type)
		require.Same(t, spec, rule.SpecOf(spec.Type))
		require.Equal(t, names(do.Message().Fields(), "source", "for"), names(spec.Operation.Message().Fields(), "for", "until"), spec.Type)
		require.Equal(t, do.Message().Fields().ByName("for") != nil, spec.Term != rule.Stays, spec.Type)
		require.Equal(t, spec.Term != rule.Stays, spec.Operation.Message().Fields().ByName("until") != nil, spec.Type)
		require.Equal(t, do.Message().Fields().ByName("source") != nil, spec.Vendor != 0, spec.Type)
	}
	require.Nil(t, rule.SpecOf("unpause_alert"))
	var leased []string
	for _, spec := range rule.ActionSpecs() {
		if spec.IsLease() {
			leased = append(leased, spec.Type)
		}
	}
	require.Equal(t, []string{"pause_alert", "pause_stream"}, leased)
}
