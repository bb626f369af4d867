package anura_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	anurav1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anura/v1"
	"github.com/signalbox-io/signalbox/services/adapter/adaptertest"
)

func TestListInstances_Exam(t *testing.T) {
	t.Parallel()
	adaptertest.Read{
		New: newBench, Call: listInstances, Secrets: []string{token, encodedToken},
		Statuses: map[int]adaptertest.Failure{http.StatusBadRequest: adaptertest.CredentialRefused()},
	}.Exercise(t)
}

func TestListInstances_TextsAreDecoded(t *testing.T) {
	t.Parallel()
	b := newBench(t, adaptertest.Answer(http.StatusOK, adaptertest.Recorded(t, "instances.json")))
	got, err := clientOf(b).ListInstances(t.Context(), &anurav1.ListInstancesRequest{Source: adaptertest.Source})
	require.NoError(t, err)
	adaptertest.Golden(t, "instances.golden.json", got)

	requests := b.Requests()
	require.Len(t, requests, 1)
	require.Equal(t, http.MethodPost, requests[0].Method, "reads are posted")
	require.Equal(t, "/v1/interface/instances", requests[0].Path)
	require.Empty(t, requests[0].Query)
	require.Equal(t, "application/json", requests[0].Header.Get("Content-Type"))
	require.Empty(t, requests[0].Header.Get("Authorization"))
	require.JSONEq(t, `{"token":"`+encodedToken+`","page":1,"limit":1000}`, requests[0].Body)
}

func TestListInstances_ABadRecordCostsOnlyItself(t *testing.T) {
	t.Parallel()
	b := newBench(t, adaptertest.Answer(http.StatusOK,
		`{"instances":[{"id":1,"name":"50%"},7,{"name":"no id"},{"id":[]},{"id":2,"name":null}],"query":false}`))
	got, err := clientOf(b).ListInstances(t.Context(), &anurav1.ListInstancesRequest{Source: adaptertest.Source})
	require.NoError(t, err)
	require.Len(t, got.GetInstances(), 2)
	require.Equal(t, "50%", got.GetInstances()[0].GetName(), "what is not encoded stays as it is")
	for _, index := range []string{"index=1", "index=2", "index=3"} {
		require.Contains(t, b.Log.String(), index)
	}
}

// paged is a vendor with a number of pages of one instance each.
func paged(pages int) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var asked struct{ Page int }
		if err := json.NewDecoder(r.Body).Decode(&asked); err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		_, _ = fmt.Fprintf(w, `{"instances":[{"id":%d,"name":"i"}],"query":{"pages":"%d"}}`, asked.Page, pages)
	})
}

func TestListInstances_EveryPageIsRead(t *testing.T) {
	t.Parallel()
	b := newBench(t, paged(3))
	got, err := clientOf(b).ListInstances(t.Context(), &anurav1.ListInstancesRequest{Source: adaptertest.Source})
	require.NoError(t, err)
	require.Len(t, got.GetInstances(), 3)
	require.Equal(t, "3", got.GetInstances()[2].GetId())
	require.Equal(t, 3, b.Calls())
}

func TestListInstances_MorePagesThanSensibleAreAnError(t *testing.T) {
	t.Parallel()
	b := newBench(t, paged(21))
	b.Expect(t, listInstances(t.Context(), b), adaptertest.BadAnswer(), token)
	require.Equal(t, 1, b.Calls())
}
