package adaptertest

import (
	"cmp"
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// docs is where the pages are, seen from an adapter's package.
const docs = "../../../docs"

// tableHead begins the table of endpoints on a page.
const tableHead = "| endpoint | known from | adapter call | poller | action |\n|---|---|---|---|---|\n"

// Endpoint is a row of the table of endpoints on a vendor's page.
type Endpoint struct {
	// Name is method and path, `GET /api/v2/alerts`; a row may name several.
	Name string
	// KnownFrom is `document` for what the vendor's document has.
	KnownFrom string
	// Call of the adapter, "" for none: the page says why.
	Call string
	// Actions that make the call, `no` for none.
	Actions string
}

// Endpoints returns the rows of a page. Each names another endpoint, and has a
// call or a reason for having none, and the actions that make the call.
func Endpoints(tb testing.TB, page string) []Endpoint {
	tb.Helper()
	_, table, ok := strings.Cut(read(tb, "vendors/"+page), tableHead)
	require.True(tb, ok, "the page has no table of endpoints")
	table, _, _ = strings.Cut(table, "\n\n")
	var rows []Endpoint
	actions := actionsByCall(tb)
	seen := map[string]bool{}
	for line := range strings.Lines(table) {
		row := endpoint(tb, line)
		require.False(tb, seen[row.Name], "%s is there twice", row.Name)
		seen[row.Name] = true
		require.Equal(tb, cmp.Or(strings.Join(actions[row.Call], ", "), "no"), row.Actions, "the actions of %s", row.Name)
		rows = append(rows, row)
	}
	return rows
}

func read(tb testing.TB, page string) string {
	tb.Helper()
	text, err := fs.ReadFile(os.DirFS(docs), page)
	require.NoError(tb, err)
	return string(text)
}

// actionsByCall returns which actions make a call, as the page of the actions has
// them; that page is compared with what the actions do.
func actionsByCall(tb testing.TB) map[string][]string {
	tb.Helper()
	actions := map[string][]string{}
	row := regexp.MustCompile("(?m)^\\| `([a-z_]+)` \\|[^|]*\\|([^|]*)\\|")
	for _, cells := range row.FindAllStringSubmatch(read(tb, "actions.md"), -1) {
		for _, call := range regexp.MustCompile("`([A-Z][A-Za-z]+)`").FindAllStringSubmatch(cells[2], -1) {
			actions[call[1]] = append(actions[call[1]], cells[1])
		}
	}
	require.NotEmpty(tb, actions["PauseAlert"])
	return actions
}

func endpoint(tb testing.TB, line string) Endpoint {
	tb.Helper()
	cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
	require.Len(tb, cells, 5, line)
	row := Endpoint{
		Name: strings.ReplaceAll(strings.TrimSpace(cells[0]), "`", ""), KnownFrom: strings.TrimSpace(cells[1]),
		Actions: strings.ReplaceAll(strings.TrimSpace(cells[4]), "`", ""),
	}
	call := strings.TrimSpace(cells[2])
	if name := regexp.MustCompile("^`([A-Za-z]+)`$").FindStringSubmatch(call); name != nil {
		row.Call = name[1]
		return row
	}
	require.Regexp(tb, `^none: \S.{10,}`, call, row.Name)
	return row
}

// Calls returns the calls of the rows, in their order.
func Calls(rows []Endpoint) []string {
	var calls []string
	for _, row := range rows {
		if row.Call != "" {
			calls = append(calls, row.Call)
		}
	}
	return calls
}

// RequireAsked fails unless the request, of an API below the prefix, is for the
// endpoint.
func (e Endpoint) RequireAsked(tb testing.TB, prefix string, request Request) {
	tb.Helper()
	method, path, _ := strings.Cut(e.Name, " ")
	require.Equal(tb, method, request.Method)
	part := regexp.MustCompile(`\{[a-z_]+\}`)
	require.Regexp(tb, "^"+part.ReplaceAllString(prefix+path, "[^/]+")+"$", request.Path)
}
