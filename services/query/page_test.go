package query_test

import (
	"encoding/base64"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	queryv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/query/v1"
)

func TestListEvents_PagesAreStableWhileEventsArrive(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.publish(newEvents(0, 25)...)
	var seen []string
	token := ""
	for page := 0; ; page++ {
		answer, err := r.client.ListEvents(t.Context(), &queryv1.ListEventsRequest{PageSize: 10, PageToken: token})
		require.NoError(t, err)
		seen = append(seen, natives(answer.GetEvents())...)
		token = answer.GetNextPageToken()
		if token == "" {
			break
		}
		r.publish(newEvent(1000 + page))
	}
	want := make([]string, 25)
	for i := range want {
		want[i] = fmt.Sprintf("n%d", 24-i)
	}
	require.Equal(t, want, seen)
	require.Len(t, r.events(""), 27)
}

func TestListEvents_PageSize(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.publish(newEvents(0, 1100)...)
	for asked, want := range map[int32]int{0: 50, 1: 1, 7: 7, 200: 200, 1000: 1000, 5000: 1000} {
		// On a machine that is busy a page may end before it is full.
		require.Eventually(t, func() bool {
			answer, err := r.client.ListEvents(t.Context(), &queryv1.ListEventsRequest{PageSize: asked})
			require.NoError(t, err)
			require.LessOrEqual(t, len(answer.GetEvents()), want)
			require.NotEmpty(t, answer.GetNextPageToken())
			return len(answer.GetEvents()) == want
		}, patience, tick, "a page of %d where %d are asked for", want, asked)
	}
	_, err := r.client.ListEvents(t.Context(), &queryv1.ListEventsRequest{PageSize: -1})
	requireField(t, err, "page_size")
}

func TestListEvents_RefusesTokensOfOthers(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.publish(newEvents(0, 5)...)
	r.publishOthers()
	const filter = "traffic.measures.visitors >= 0"
	answer, err := r.client.ListEvents(t.Context(), &queryv1.ListEventsRequest{PageSize: 2, Filter: filter})
	require.NoError(t, err)
	token := answer.GetNextPageToken()
	_, err = r.client.ListEvents(t.Context(), &queryv1.ListEventsRequest{PageSize: 3, PageToken: token, Filter: " " + filter + "\n"})
	require.NoError(t, err, "another page size and other spaces around are no other list")

	decisions, err := r.client.ListDecisions(t.Context(), &queryv1.ListDecisionsRequest{PageSize: 1})
	require.NoError(t, err)
	raw, err := base64.RawURLEncoding.DecodeString(token)
	require.NoError(t, err)
	requests := map[string]*queryv1.ListEventsRequest{
		"no filter":      {PageToken: token},
		"another filter": {PageToken: token, Filter: filter + " && true"},
		"another list":   {PageToken: decisions.GetNextPageToken()},
		"garbage":        {PageToken: "next", Filter: filter},
		"padded":         {PageToken: token + "=", Filter: filter},
		"short":          {PageToken: token[:8], Filter: filter},
		"huge":           {PageToken: string(make([]byte, 100_000)), Filter: filter},
	}
	for i := range raw {
		changed := append([]byte(nil), raw...)
		changed[i] ^= 0x10
		requests[fmt.Sprintf("byte %d changed", i)] = &queryv1.ListEventsRequest{
			PageToken: base64.RawURLEncoding.EncodeToString(changed), Filter: filter,
		}
	}
	for name, request := range requests {
		t.Run(name, func(t *testing.T) {
			_, err := r.client.ListEvents(t.Context(), request)
			requireField(t, err, "page_token")
		})
	}
}
