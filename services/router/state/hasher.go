package state

import (
	"crypto/sha256"
	"encoding"
	"encoding/binary"
	"hash"
)

// Hasher makes the keys that [KeyOf] makes in about half of the time, for who makes
// one for each event. It belongs to one goroutine.
//
// Most of what SHA-256 costs for a short text is what stands around the one block:
// the digest is copied, and padded in two steps. Here the block is padded before, and
// the words of the digest are read where its binary form has them.
type Hasher struct {
	digest hash.Hash
	words  encoding.BinaryAppender // nil where they are not where they should be
	block  [sha256.BlockSize]byte
	form   [128]byte
}

// The form of a digest is a mark of wordsAt bytes, the words, and what is left over.
// A padded block has the mark of its end and the length in bits.
const (
	wordsAt  = 4
	lengthAt = sha256.BlockSize - 8
)

// NewHasher returns a Hasher.
func NewHasher() *Hasher {
	h := &Hasher{digest: sha256.New()}
	h.words, _ = h.digest.(encoding.BinaryAppender)
	if h.Of("signalbox") != KeyOf("signalbox") {
		h.words = nil
	}
	return h
}

// Of returns the key of the texts.
func (h *Hasher) Of(parts ...string) Key {
	text := h.block[:0]
	for _, part := range parts {
		if len(text)+binary.MaxVarintLen64+len(part) >= lengthAt {
			return KeyOf(parts...)
		}
		text = appendPart(text, part)
	}
	if h.words == nil {
		return KeyOf(parts...)
	}
	return h.sum(len(text))
}

// sum returns the key of the first bytes of the block.
func (h *Hasher) sum(length int) Key {
	h.block[length] = 0x80
	clear(h.block[length+1 : lengthAt])
	binary.BigEndian.PutUint64(h.block[lengthAt:], uint64(length)*8)
	h.digest.Reset()
	_, _ = h.digest.Write(h.block[:])
	form, err := h.words.AppendBinary(h.form[:0])
	if err != nil || len(form) < wordsAt+KeyBytes {
		return Key{}
	}
	return KeyFrom(form[wordsAt:])
}
