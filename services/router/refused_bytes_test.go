package router_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
)

// A file that is not UTF-8 is refused with its place over the wire, too, and does not
// keep anybody from asking what decides.
func TestReload_TellsWhereAFileIsNotUTF8(t *testing.T) {
	t.Parallel()
	r := newRig(t, demoRules)
	p := r.start(r.bus)
	p.awaitReady()
	client := r.dialed(p.Router)
	r.write("# \xe4\n" + demoRules)
	_, err := client.ReloadRules(t.Context(), &routerv1.ReloadRulesRequest{})
	require.Equal(t, codes.FailedPrecondition, status.Code(err), err)
	require.EqualValues(t, 1, problemsIn(t, err).GetTotal())
	answer, err := client.ListRules(t.Context(), &routerv1.ListRulesRequest{})
	require.NoError(t, err)
	require.Len(t, answer.GetRuleSet().GetRules(), 3)
	fault := answer.GetRefusal().GetProblems().GetProblems()[0]
	require.Equal(t, []int32{1, 3}, []int32{fault.GetLine(), fault.GetColumn()})
	require.Contains(t, fault.GetMessage(), "not UTF-8")
	require.Equal(t, "# \uFFFD", fault.GetText())
}
