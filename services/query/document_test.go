package query_test

import (
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/rpc"
	queryv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/query/v1"
	"github.com/signalbox-io/signalbox/services/query"
)

func document(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../docs/query.md")
	require.NoError(t, err)
	return string(text)
}

func TestDocument_FiltersCompile(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ask := map[string]func(filter string) error{
		"events": func(filter string) error {
			_, err := r.client.ListEvents(t.Context(), &queryv1.ListEventsRequest{Filter: filter})
			return err
		},
		"decisions": func(filter string) error {
			_, err := r.client.ListDecisions(t.Context(), &queryv1.ListDecisionsRequest{Filter: filter})
			return err
		},
		"actions": func(filter string) error {
			_, err := r.client.ListActions(t.Context(), &queryv1.ListActionsRequest{Filter: filter})
			return err
		},
		"leases": func(filter string) error {
			_, err := r.client.ListLeases(t.Context(), &queryv1.ListLeasesRequest{Filter: filter})
			return err
		},
		"dead": func(filter string) error {
			_, err := r.client.ListDeadLetters(t.Context(), &queryv1.ListDeadLettersRequest{Filter: filter})
			return err
		},
	}
	blocks := regexp.MustCompile("(?s)```cel (\\w+)\n(.*?)\n```").FindAllStringSubmatch(document(t), -1)
	require.Len(t, blocks, len(ask))
	for _, block := range blocks {
		for filter := range strings.SplitSeq(block[2], "\n") {
			require.NoError(t, ask[block[1]](filter), filter)
		}
	}
}

func TestDocument_NamesEveryCallAndEveryReason(t *testing.T) {
	t.Parallel()
	text := document(t)
	for _, method := range queryv1.QueryService_ServiceDesc.Methods {
		require.Contains(t, text, "| `"+method.MethodName+"` |")
	}
	for _, stream := range queryv1.QueryService_ServiceDesc.Streams {
		require.Contains(t, text, "| `"+stream.StreamName+"` |")
	}
	for _, reason := range []string{
		rpc.ReasonInvalidField, query.ReasonInvalidQuery, query.ReasonNotFound, query.ReasonUnknownPath,
		query.ReasonMethodNotAllowed, query.ReasonSlowWatcher, query.ReasonTooManyWatchers,
		query.ReasonReadModelUnavailable, query.ReasonBusUnavailable, query.ReasonNotBegun, rpc.ReasonStopping,
	} {
		require.Contains(t, text, "| `"+reason+"` |")
	}
}

func TestDocument_ShowsTheErrorThatIsGiven(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	block := regexp.MustCompile("(?s)```json\n(.*?)\n```").FindStringSubmatch(document(t))
	require.NotNil(t, block)
	response := r.request(t.Context(), http.MethodGet, "/v1/events?filtre=x")
	defer func() { require.NoError(t, response.Body.Close()) }()
	require.JSONEq(t, block[1], read(t, response.Body))
}
