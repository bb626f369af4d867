package vendorhttp

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

const (
	redacted = "[redacted]"
	// shortestSecret keeps a placeholder such as "x" from blanking every text.
	shortestSecret = 6
	// echoLength is how many characters of a secret in a row count as an echo
	// of it, so that a vendor quoting a shortened credential gives nothing away.
	echoLength = 12
	// rememberedSecrets bounds what is kept of tokens obtained at run time.
	rememberedSecrets = 32
	// keptSecrets are never forgotten: the first ones are those of the
	// configuration.
	keptSecrets    = 4
	longestExtract = 300
)

var (
	jwtShape    = regexp.MustCompile(`eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]*)?`)
	headerShape = regexp.MustCompile(`(?i)\b(bearer|basic)\s+[A-Za-z0-9+/=._~-]{8,}`)
)

// Redactor knows an account's secrets and removes them from texts. It is safe
// for concurrent use.
type Redactor struct {
	mu       sync.RWMutex
	secrets  []string
	pieces   map[string]struct{}
	replacer *strings.Replacer
}

// NewRedactor returns a redactor that knows the secrets.
func NewRedactor(secrets ...string) *Redactor {
	r := &Redactor{}
	r.Add(secrets...)
	return r
}

// Add makes further secrets known, with the forms in which they travel:
// escaped for URLs and JSON, and in base64. Texts under six characters are
// left out. The oldest of many secrets is forgotten, never one of the first.
func (r *Redactor) Add(secrets ...string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, secret := range secrets {
		if len(secret) < shortestSecret || slices.Contains(r.secrets, secret) {
			continue
		}
		r.secrets = append(r.secrets, secret)
		if len(r.secrets) > rememberedSecrets {
			r.secrets = slices.Delete(r.secrets, keptSecrets, keptSecrets+1)
		}
	}
	r.rebuild()
}

func (r *Redactor) rebuild() {
	var forms []string
	r.pieces = map[string]struct{}{}
	for _, secret := range r.secrets {
		forms = append(forms, formsOf(secret)...)
		for i := 0; i+echoLength <= len(secret); i++ {
			r.pieces[lower(secret[i:i+echoLength])] = struct{}{}
		}
	}
	slices.SortFunc(forms, func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) })
	pairs := make([]string, 0, 2*len(forms))
	for _, form := range slices.Compact(forms) {
		pairs = append(pairs, form, redacted)
	}
	r.replacer = strings.NewReplacer(pairs...)
}

func formsOf(secret string) []string {
	quoted, err := json.Marshal(secret)
	if err != nil {
		quoted = []byte(`""`)
	}
	inJSON := string(quoted[1 : len(quoted)-1])
	forms := []string{
		secret,
		url.QueryEscape(secret),
		url.PathEscape(secret),
		inJSON,
		strings.ReplaceAll(secret, "/", `\/`),
		base64.StdEncoding.EncodeToString([]byte(secret)),
		base64.RawURLEncoding.EncodeToString([]byte(secret)),
	}
	return slices.DeleteFunc(forms, func(form string) bool { return len(form) < shortestSecret })
}

// Body removes secrets from an answer, and parts of twelve and more characters
// of them in any case, also where JSON escapes hide them. Valid JSON stays
// valid.
func (r *Redactor) Body(body string) string {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.withoutEchoes(r.replacer.Replace(unescaped(body)))
}

// Text removes secrets, parts of twelve and more characters of them in any
// case, and whatever has the shape of a token or an Authorization header.
func (r *Redactor) Text(text string) string {
	r.mu.RLock()
	defer r.mu.RUnlock()
	text = r.withoutEchoes(r.replacer.Replace(text))
	text = headerShape.ReplaceAllString(text, "$1 "+redacted)
	return jwtShape.ReplaceAllString(text, redacted)
}

func (r *Redactor) withoutEchoes(text string) string {
	if len(r.pieces) == 0 {
		return text
	}
	var b strings.Builder
	kept, folded := 0, lower(text)
	for i := 0; i+echoLength <= len(text); i++ {
		if !r.isPiece(folded[i : i+echoLength]) {
			continue
		}
		b.WriteString(text[kept:i] + redacted)
		end := i + echoLength
		for end < len(text) && r.isPiece(folded[end+1-echoLength:end+1]) {
			end++
		}
		kept, i = end, end-1
	}
	b.WriteString(text[kept:])
	return b.String()
}

func (r *Redactor) isPiece(s string) bool {
	_, ok := r.pieces[s]
	return ok
}

// Extract returns the beginning of a text on one line, scrubbed and cut off
// at 300 bytes. The scrubbing comes first: a cut through a secret would keep
// half of it.
func (r *Redactor) Extract(text string) string {
	const looked = 8 << 10
	if len(text) > looked {
		text = text[:looked]
	}
	text = strings.Join(strings.Fields(strings.ToValidUTF8(r.Text(text), "?")), " ")
	return Cut(text, longestExtract)
}

// Cut returns text cut off at limit bytes, between characters, with an
// ellipsis if something was cut.
func Cut(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	return strings.ToValidUTF8(text[:limit], "") + "…"
}

// lower folds ASCII letters only, so that every byte keeps its place.
func lower(text string) string {
	folded := []byte(text)
	for i, c := range folded {
		if 'A' <= c && c <= 'Z' {
			folded[i] = c + 'a' - 'A'
		}
	}
	return string(folded)
}

// unescaped writes the characters out that JSON may write as \u00XX although it
// need not: printable ASCII but the quote and the backslash.
func unescaped(body string) string {
	if !strings.Contains(body, `\u00`) {
		return body
	}
	var b strings.Builder
	for i := 0; i < len(body); i++ {
		if body[i] != '\\' || i+1 == len(body) {
			b.WriteByte(body[i])
			continue
		}
		if c, ok := plainEscape(body[i:]); ok {
			b.WriteByte(c)
			i += 5
			continue
		}
		b.WriteString(body[i : i+2]) // the escape of another character, or of a backslash
		i++
	}
	return b.String()
}

func plainEscape(text string) (byte, bool) {
	if len(text) < 6 || !strings.HasPrefix(text, `\u00`) {
		return 0, false
	}
	c, err := strconv.ParseUint(text[4:6], 16, 8)
	if err != nil || c < 0x20 || c > 0x7e || c == '"' || c == '\\' {
		return 0, false
	}
	return byte(c), true
}
