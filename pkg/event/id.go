package event

import (
	"crypto/sha256"
	"encoding/base32"
	"strings"
)

// idBytes is the length of the hash an id keeps: 128 bits, so that two of a
// billion ids meet with a probability below 1e-20.
const idBytes = 16

// ID returns the deterministic identity of an event: 26 characters of
// lower-case base32 over source, native id and revision. The parts are joined
// by a byte that no name holds, so that moving text from one part to the next
// gives another id. A thing that is never revised has revision "".
func ID(source, nativeID, revision string) string {
	return Hash(source, nativeID, revision)
}

// Hash returns 26 characters of lower-case base32 over the parts. Decisions,
// actions and leases take their identity from it as events do.
func Hash(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	encoded := base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:idBytes])
	return strings.ToLower(encoded)
}
