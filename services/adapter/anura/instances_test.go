package anura_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
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

func TestListInstances_ABadRecordIsRejectedAndItsNeighboursPass(t *testing.T) {
	t.Parallel()
	b := newBench(t, adaptertest.Answer(http.StatusOK,
		`{"instances":[{"id":1,"name":"50%"},7,{"name":"no id"},{"id":[]},{"id":2,"name":null},{"note":"`+encodedToken+strings.Repeat("x", 5000)+`"}],"query":false}`))
	got, err := clientOf(b).ListInstances(t.Context(), &anurav1.ListInstancesRequest{Source: adaptertest.Source})
	require.NoError(t, err)
	require.Len(t, got.GetInstances(), 2)
	require.Equal(t, "50%", got.GetInstances()[0].GetName(), "what is not encoded stays as it is")
	require.Len(t, got.GetRejected(), 4)
	adaptertest.EqualJSON(t, `{"index":2,"reason":"instance has no id","raw":"{\"name\":\"no id\"}"}`, got.GetRejected()[1])
	require.Equal(t, int32(1), got.GetRejected()[0].GetIndex())
	require.Contains(t, got.GetRejected()[0].GetReason(), "instance cannot be read")
	require.Equal(t, "7", got.GetRejected()[0].GetRaw())
	require.JSONEq(t, `{"id":[]}`, got.GetRejected()[2].GetRaw())
	require.Equal(t, int32(5), got.GetRejected()[3].GetIndex())
	require.Contains(t, got.GetRejected()[3].GetRaw(), `{"note":"[redacted]xxx`)
	require.Less(t, len(got.GetRejected()[3].GetRaw()), 4200)
	require.NotContains(t, got.String(), encodedToken)
	require.NotContains(t, b.Log.String(), "WARN", "the caller is told")
}

func TestListInstances_RejectedOnesAreCountedOverAllPages(t *testing.T) {
	t.Parallel()
	b := newBench(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var asked struct{ Page int }
		if err := json.NewDecoder(r.Body).Decode(&asked); err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		_, _ = fmt.Fprintf(w, `{"instances":[{"id":%d},"page %d"],"query":{"pages":2}}`, asked.Page, asked.Page)
	}))
	got, err := clientOf(b).ListInstances(t.Context(), &anurav1.ListInstancesRequest{Source: adaptertest.Source})
	require.NoError(t, err)
	require.Len(t, got.GetInstances(), 2)
	require.Len(t, got.GetRejected(), 2)
	require.Equal(t, int32(3), got.GetRejected()[1].GetIndex())
	require.Equal(t, `"page 2"`, got.GetRejected()[1].GetRaw())
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
