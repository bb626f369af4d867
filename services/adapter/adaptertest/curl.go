package adaptertest

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Curl reads a curl command as a document prints it: with line ends that lack
// their backslash, and URLs that lack their quotes. Words of the document's
// (`${TOKEN}`, `{id}`) are replaced first.
func Curl(tb testing.TB, command string, words ...string) Request {
	tb.Helper()
	parts := shellWords(strings.NewReplacer(words...).Replace(command))
	require.Equal(tb, "curl", parts[0])
	request := Request{Method: http.MethodGet, Header: http.Header{}}
	for i := 1; i < len(parts); i++ {
		switch parts[i] {
		case "-X":
			i++
			request.Method = parts[i]
		case "-H":
			i++
			name, value, ok := strings.Cut(parts[i], ": ")
			require.True(tb, ok, parts[i])
			request.Header.Add(name, value)
		case "-d":
			i++
			request.Body = parts[i]
		default:
			at, err := url.Parse(parts[i])
			require.NoError(tb, err)
			require.NotEmpty(tb, at.Host, "%s is no part of a command", parts[i])
			request.Path, request.Query = at.EscapedPath(), at.RawQuery
		}
	}
	return request
}

// shellWords splits a command at blanks, line ends and what continues a line,
// outside of quotes.
func shellWords(command string) []string {
	var words []string
	var word strings.Builder
	var quote rune
	started := false
	for _, r := range command {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(r)
		case r == '\'' || r == '"':
			quote, started = r, true
		case r == ' ' || r == '\n' || r == '\\':
			if started {
				words, started = append(words, word.String()), false
				word.Reset()
			}
		default:
			word.WriteRune(r)
			started = true
		}
	}
	if started {
		words = append(words, word.String())
	}
	return words
}

// RequireSame requires that two requests are the same on the wire but for the order
// of parameters and the blanks and order of JSON, and for what every HTTP client
// says of itself.
func RequireSame(tb testing.TB, want, got Request) {
	tb.Helper()
	require.Equal(tb, want.Method+" "+want.Path, got.Method+" "+got.Path)
	require.Equal(tb, sorted(tb, want.Query), sorted(tb, got.Query))
	require.Equal(tb, plain(want.Header), plain(got.Header))
	require.Equal(tb, canonical(tb, want.Body), canonical(tb, got.Body))
}

func sorted(tb testing.TB, query string) string {
	tb.Helper()
	values, err := url.ParseQuery(query)
	require.NoError(tb, err)
	return values.Encode()
}

func plain(header http.Header) http.Header {
	header = header.Clone()
	for _, name := range []string{"Accept", "Accept-Encoding", "Content-Length", "User-Agent"} {
		header.Del(name)
	}
	return header
}

// canonical writes JSON without blanks, fields in order and numbers as they are;
// what is no JSON stays.
func canonical(tb testing.TB, body string) string {
	tb.Helper()
	decoder := json.NewDecoder(strings.NewReader(body))
	decoder.UseNumber()
	var value any
	if decoder.Decode(&value) != nil {
		return body
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	require.NoError(tb, encoder.Encode(value))
	return out.String()
}
