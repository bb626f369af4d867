package query_test

import (
	"fmt"
	"net/http"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/bus"
	"github.com/signalbox-io/signalbox/pkg/rpc"
	deadv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/dead/v1"
	queryv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/query/v1"
	"github.com/signalbox-io/signalbox/services/query"
)

// bury keeps n letters, every third of the router.
func (r *rig) bury(n int) {
	r.t.Helper()
	for i := range n {
		area := "poller"
		if i%3 == 0 {
			area = "router"
		}
		require.NoError(r.t, r.bus.PublishDead(r.t.Context(), bus.DeadLetter{
			Area: area, Reason: "undecodable", Detail: fmt.Sprintf("fault %d", i), ID: strconv.Itoa(i), Data: []byte("junk"),
		}))
	}
}

func (r *rig) letters(req *queryv1.ListDeadLettersRequest) (ids []string, next string) {
	r.t.Helper()
	answer, err := r.client.ListDeadLetters(r.t.Context(), req)
	require.NoError(r.t, err)
	for _, letter := range answer.GetDeadLetters() {
		require.Empty(r.t, letter.GetData(), "a list is without the originals")
		ids = append(ids, letter.GetId())
	}
	return ids, answer.GetNextPageToken()
}

func TestDeadLetters_PagesGoBackFromTheLast(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ids, next := r.letters(&queryv1.ListDeadLettersRequest{})
	require.Empty(t, ids)
	require.Empty(t, next)
	r.bury(7)
	stream, err := r.bus.JetStream().Stream(t.Context(), bus.StreamDead)
	require.NoError(t, err)
	require.NoError(t, stream.DeleteMsg(t.Context(), 3), "one that was taken away is not there")

	ids, next = r.letters(&queryv1.ListDeadLettersRequest{PageSize: 3})
	require.Equal(t, []string{"7", "6", "5"}, ids)
	r.bury(9) // of which seven are known
	ids, next = r.letters(&queryv1.ListDeadLettersRequest{PageSize: 3, PageToken: next})
	require.Equal(t, []string{"4", "2", "1"}, ids, "new ones move nothing")
	require.Empty(t, next)
	ids, _ = r.letters(&queryv1.ListDeadLettersRequest{Filter: `dead.area == "router" && dead.detail != "fault 0"`})
	require.Equal(t, []string{"7", "4"}, ids)
	_, err = r.client.ListDeadLetters(t.Context(), &queryv1.ListDeadLettersRequest{Filter: `dead.reasn == "x"`})
	requireField(t, err, "filter")
}

func TestDeadLetters_OneHasItsOriginal(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.bury(2)
	one, err := r.client.GetDeadLetter(t.Context(), &queryv1.GetDeadLetterRequest{Id: "2"})
	require.NoError(t, err)
	require.Equal(t, "junk", string(one.GetDeadLetter().GetData()))
	require.Equal(t, "fault 1", one.GetDeadLetter().GetDetail())
	for _, id := range []string{"3", "0", "-1", "x", "18446744073709551616"} {
		_, err = r.client.GetDeadLetter(t.Context(), &queryv1.GetDeadLetterRequest{Id: id})
		require.Equal(t, query.ReasonNotFound, rpc.Reason(err), id)
	}
	_, err = r.client.GetDeadLetter(t.Context(), &queryv1.GetDeadLetterRequest{})
	requireField(t, err, "id")

	code, page := r.get("/v1/dead" + filtered(`dead.area == "poller"`))
	require.Equal(t, http.StatusOK, code)
	require.Len(t, page["deadLetters"], 1)
	code, body := r.get("/v1/dead/2")
	require.Equal(t, http.StatusOK, code)
	require.Equal(t, "anVuaw==", body["deadLetter"].(map[string]any)["data"])
}

func TestDeadLetters_SayThatTheStreamIsNotThere(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	require.NoError(t, r.bus.JetStream().DeleteStream(t.Context(), bus.StreamDead))
	_, err := r.client.ListDeadLetters(t.Context(), &queryv1.ListDeadLettersRequest{})
	require.Equal(t, query.ReasonBusUnavailable, rpc.Reason(err))
	_, err = r.client.GetDeadLetter(t.Context(), &queryv1.GetDeadLetterRequest{Id: "1"})
	require.Equal(t, query.ReasonBusUnavailable, rpc.Reason(err))
}

func TestDeadLetters_SayThatTheyWereRedriven(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.bury(3)
	require.NoError(t, r.bus.MarkRedriven(t.Context(), "2", &deadv1.Redrive{By: "ann", Detail: "done"}))
	answer, err := r.client.ListDeadLetters(t.Context(), &queryv1.ListDeadLettersRequest{})
	require.NoError(t, err)
	by := map[string]string{}
	for _, letter := range answer.GetDeadLetters() {
		by[letter.GetId()] = letter.GetRedrive().GetBy()
	}
	require.Equal(t, map[string]string{"1": "", "2": "ann", "3": ""}, by, "the mark is no letter")
	one, err := r.client.GetDeadLetter(t.Context(), &queryv1.GetDeadLetterRequest{Id: "2"})
	require.NoError(t, err)
	require.Equal(t, "done", one.GetDeadLetter().GetRedrive().GetDetail())
	_, err = r.client.GetDeadLetter(t.Context(), &queryv1.GetDeadLetterRequest{Id: "4"})
	require.Error(t, err)
}
