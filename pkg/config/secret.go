package config

import "log/slog"

// redacted is what every rendering of a secret shows.
const redacted = "[redacted]"

// Secret is a credential. Printing, formatting, logging and marshalling it
// give `[redacted]`; only Reveal gives the text. The zero value is empty.
type Secret struct{ text string }

// NewSecret returns a secret that holds text.
func NewSecret(text string) Secret { return Secret{text: text} }

// Reveal returns the text, for the one request that carries it.
func (s Secret) Reveal() string { return s.text }

// IsEmpty reports whether there is no text.
func (s Secret) IsEmpty() bool { return s.text == "" }

// String returns `[redacted]`.
func (s Secret) String() string { return redacted }

// GoString returns `[redacted]`.
func (s Secret) GoString() string { return redacted }

// LogValue returns `[redacted]`.
func (s Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText returns `[redacted]`.
func (s Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }
