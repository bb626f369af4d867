package anomify_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	anomifyv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anomify/v1"
	"github.com/signalbox-io/signalbox/services/adapter/adaptertest"
)

func TestListWatchers_Exam(t *testing.T) {
	t.Parallel()
	adaptertest.Read{New: newBench, Call: listWatchers, Secrets: []string{token}}.Exercise(t)
}

func TestListWatchers_DeletedOnesAmongThem(t *testing.T) {
	t.Parallel()
	b := newBench(t, adaptertest.Answer(http.StatusOK, adaptertest.Recorded(t, "watchers.json")))
	got, err := clientOf(b).ListWatchers(t.Context(), &anomifyv1.ListWatchersRequest{Source: adaptertest.Source})
	require.NoError(t, err)
	adaptertest.Golden(t, "watchers.golden.json", got)
	require.Equal(t, http.MethodGet, b.Requests()[0].Method)
	require.Equal(t, "/watchers/list", b.Requests()[0].Path)
	require.Equal(t, token, b.Requests()[0].Header.Get("X-Auth-Token"))
}

func TestListWatchers_ABadRecordCostsOnlyItself(t *testing.T) {
	t.Parallel()
	b := newBench(t, enveloped(`{"watchers":[{"id":1},7,{"name":"no id"},{"id":2}]}`))
	got, err := clientOf(b).ListWatchers(t.Context(), &anomifyv1.ListWatchersRequest{Source: adaptertest.Source})
	require.NoError(t, err)
	require.Len(t, got.GetWatchers(), 2)
	require.Contains(t, b.Log.String(), "watchers=2 first_index=1")
}

// Leases are compared with the list every minute.
func TestListWatchers_ThatCannotBeReadAreLoggedWhenTheyChange(t *testing.T) {
	t.Parallel()
	var list atomic.Value
	b := newBench(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		enveloped(list.Load().(string)).ServeHTTP(w, r)
	}))
	for _, step := range []struct {
		list           string
		warned, mended int
	}{
		{`{"watchers":[{"id":1}]}`, 0, 0},
		{`{"watchers":[{"id":1},7]}`, 1, 0},
		{`{"watchers":[{"id":1},7]}`, 1, 0},
		{`{"watchers":[{"id":2},{"id":1},7]}`, 1, 0},
		{`{"watchers":[{"id":1},7,{"name":"no id"}]}`, 2, 0},
		{`{"watchers":[{"id":1}]}`, 2, 1},
		{`{"watchers":[{"id":1}]}`, 2, 1},
		{`{"watchers":[7]}`, 3, 1},
	} {
		list.Store(step.list)
		require.NoError(t, listWatchers(t.Context(), b))
		require.Equal(t, step.warned, strings.Count(b.Log.String(), "watchers cannot be read"), step.list)
		require.Equal(t, step.mended, strings.Count(b.Log.String(), "every watcher can be read again"), step.list)
		counted := regexp.MustCompile(`signalbox_anomify_unreadable_watchers.*gauge:\{value:(\d)`).FindStringSubmatch(b.Seen(nil))
		require.Len(t, counted, 2)
		require.Equal(t, strconv.Itoa(strings.Count(step.list, "7")+strings.Count(step.list, "no id")), counted[1], step.list)
	}
}

func TestListWatchers_AMapByIDIsInOrderOfNumbers(t *testing.T) {
	t.Parallel()
	b := newBench(t, enveloped(`{"watchers":{"10":{"name":"ten"},"9":{"name":"nine"},"100":{"id":7}}}`))
	got, err := clientOf(b).ListWatchers(t.Context(), &anomifyv1.ListWatchersRequest{Source: adaptertest.Source})
	require.NoError(t, err)
	adaptertest.EqualJSON(t, `{"watchers":[{"id":"9","name":"nine"},{"id":"10","name":"ten"},{"id":"7"}]}`, got)
}

func TestCreateWatcher_IsOneForm(t *testing.T) {
	t.Parallel()
	b := newBench(t, enveloped(`{"watcher":{"id":3,"name":"Signalbox: shop & co","chips":["shop","spring sale"],"alert":true}}`))
	require.NoError(t, createWatcher(t.Context(), b))
	requests := b.Requests()
	require.Len(t, requests, 1)
	require.Equal(t, http.MethodPost, requests[0].Method)
	require.Equal(t, "/watcher/create", requests[0].Path)
	require.Equal(t, "application/x-www-form-urlencoded", requests[0].Header.Get("Content-Type"))
	require.Equal(t, token, requests[0].Header.Get("X-Auth-Token"))
	form, err := url.ParseQuery(requests[0].Body)
	require.NoError(t, err)
	require.Equal(t, url.Values{
		"name": {"Signalbox: shop & co"}, "chips": {"shop,spring sale"}, "alert": {"true"},
	}, form)
}

func TestCreateWatcher_IsNeverRepeatedAndSaysWhatIsKnown(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		answer http.Handler
		want   adaptertest.Failure
	}{
		"no answer":           {http.HandlerFunc(adaptertest.Vanish), adaptertest.OutcomeUnknown()},
		"500":                 {adaptertest.Answer(500, `{"status":{"code":500},"data":{"message":"oops"}}`), adaptertest.OutcomeUnknown()},
		"500 in a 200":        {adaptertest.Answer(200, `{"status":{"code":500},"data":{"message":"oops"}}`), adaptertest.OutcomeUnknown()},
		"503":                 {adaptertest.Answer(503, ``), adaptertest.Unavailable()},
		"garbage":             {adaptertest.Answer(200, "\x00\xff"), adaptertest.OutcomeUnknown()},
		"no watcher":          {enveloped(`{}`), adaptertest.OutcomeUnknown()},
		"a watcher, no id":    {enveloped(`{"watcher":{"name":"n"}}`), adaptertest.OutcomeUnknown()},
		"refused":             {adaptertest.Answer(400, `{"status":{"code":400},"data":{"message":"name and chips are required"}}`), adaptertest.Refused()},
		"refused in a 200":    {adaptertest.Answer(200, `{"status":{"code":400},"data":{"message":"no"}}`), adaptertest.Refused()},
		"no session in a 200": {adaptertest.Answer(200, `{"status":{"code":401,"session_id":"0123"},"data":{"message":"`+token+`"}}`), adaptertest.CredentialRefused()},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, tc.answer)
			b.Expect(t, createWatcher(t.Context(), b), tc.want, token)
			require.Equal(t, 1, b.Calls())
		})
	}
}

func TestCreateWatcher_RefusesWhatTheFormCannotCarry(t *testing.T) {
	t.Parallel()
	b := newBench(t, http.NotFoundHandler())
	for _, tc := range []struct {
		name  string
		chips []string
		field string
	}{
		{" ", []string{"cpu"}, "name"},
		{"n", nil, "chips"},
		{"n", []string{"cpu", " "}, "chips"},
		{"n", []string{"cpu,idle"}, "chips"},
	} {
		_, err := clientOf(b).CreateWatcher(t.Context(), &anomifyv1.CreateWatcherRequest{
			Source: adaptertest.Source, Name: tc.name, Chips: tc.chips,
		})
		b.ExpectInvalid(t, err, tc.field)
	}
}
