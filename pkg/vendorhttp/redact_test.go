package vendorhttp_test

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/vendorhttp"
)

func TestRedactor_KnowsTheFormsInWhichASecretTravels(t *testing.T) {
	t.Parallel()
	const odd = `a+b/c "d"=é 0123456789`
	r := vendorhttp.NewRedactor(odd)
	inJSON, err := json.Marshal(odd)
	require.NoError(t, err)
	for _, form := range []string{
		odd, url.QueryEscape(odd), url.PathEscape(odd), strings.Trim(string(inJSON), `"`),
		strings.ReplaceAll(odd, "/", `\/`), base64.StdEncoding.EncodeToString([]byte(odd)),
	} {
		require.Equal(t, "x [redacted] y", r.Text("x "+form+" y"))
		require.Equal(t, "x [redacted] y", r.Body("x "+form+" y"))
	}
}

func TestRedactor_ForgetsOldTokensButNotTheFirst(t *testing.T) {
	t.Parallel()
	r := vendorhttp.NewRedactor("refresh-token-of-the-account")
	for i := range 200 {
		r.Add(strings.Repeat(string(rune('A'+i%26)), 10+i))
	}
	require.Equal(t, "[redacted]", r.Text("refresh-token-of-the-account"))
}

func TestRedactor_LeavesShortWordsAlone(t *testing.T) {
	t.Parallel()
	require.Equal(t, "a text", vendorhttp.NewRedactor("", "x", "text").Text("a text"))
}

func TestCut_KeepsCharactersWhole(t *testing.T) {
	t.Parallel()
	require.Equal(t, "ab", vendorhttp.Cut("ab", 2))
	require.Equal(t, "a…", vendorhttp.Cut("aé", 2))
}

func FuzzRedactor(f *testing.F) {
	f.Add("token 0123456789abcdefghij end")
	f.Add("0123456789ab0123456789abcdefghij")
	f.Fuzz(func(t *testing.T, text string) {
		const known = "0123456789abcdefghij"
		r := vendorhttp.NewRedactor(known)
		cleaned := r.Extract(text)
		require.True(t, utf8.ValidString(cleaned))
		for i := 0; i+12 <= len(known); i++ {
			require.NotContains(t, cleaned, known[i:i+12])
		}
	})
}

func FuzzNumber(f *testing.F) {
	for _, seed := range []string{"1", `"2.5"`, "null", "true", `"NaN"`, "1e999", "-0", `""`, "{}"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var n vendorhttp.Number
		if vendorhttp.DecodeJSON(text, &n) == nil {
			_, err := json.Marshal(float64(n))
			require.NoError(t, err, "a number that is read can be written")
		}
	})
}

// What a vendor echoes stays a secret, however it is written.
func TestRedactor_BodyHidesPartsOtherCasesAndEscapes(t *testing.T) {
	t.Parallel()
	const token = "2198b4ce0e9884d44b030397a6395b53"
	r := vendorhttp.NewRedactor(token)
	for _, echo := range []string{
		token, strings.ToUpper(token), token[:20], `\u0032\u0031` + token[2:], token[:4] + `\u0062` + token[5:],
	} {
		body := `{"metric":"shop.` + echo + `.x"}`
		var decoded struct{ Metric string }
		require.NoError(t, json.Unmarshal([]byte(r.Body(body)), &decoded))
		require.Equal(t, "shop.[redacted].x", decoded.Metric, echo)
	}
	for _, other := range []string{`{"a":"\\u0032"}`, `{"a":"\u0022\u005c"}`, `{"a":"\u00e9\u0041"}`, `"\`, `\u00`, `\u00zz`} {
		want, got := any(nil), any(nil)
		require.Equal(t, json.Unmarshal([]byte(other), &want) == nil, json.Unmarshal([]byte(r.Body(other)), &got) == nil, other)
		require.Equal(t, want, got, other)
	}
}
