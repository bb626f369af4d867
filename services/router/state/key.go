package state

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
)

// KeyBytes is the length of a key in bytes.
const KeyBytes = 16

// Key stands for texts. It is the same on each machine; the zero Key stands for
// none.
type Key struct{ hi, lo uint64 }

// KeyOf returns the key of the texts, of any length. Each counts with its
// length: no other texts have the same key.
func KeyOf(parts ...string) Key {
	var room [192]byte
	joined := room[:0]
	for _, part := range parts {
		joined = appendPart(joined, part)
	}
	sum := sha256.Sum256(joined)
	return KeyFrom(sum[:])
}

func appendPart(joined []byte, part string) []byte {
	return append(binary.AppendUvarint(joined, uint64(len(part))), part...)
}

// Compare orders keys as their bytes in a snapshot.
func (k Key) Compare(other Key) int {
	if k.hi != other.hi {
		return cmp.Compare(k.hi, other.hi)
	}
	return cmp.Compare(k.lo, other.lo)
}

func (k Key) less(other Key) bool {
	return k.hi < other.hi || k.hi == other.hi && k.lo < other.lo
}

// Append appends the KeyBytes of the key.
func (k Key) Append(buf []byte) []byte {
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(buf, k.hi), k.lo)
}

// KeyFrom returns the key that Append wrote as the first KeyBytes of b.
func KeyFrom(b []byte) Key {
	return Key{binary.BigEndian.Uint64(b), binary.BigEndian.Uint64(b[8:])}
}
