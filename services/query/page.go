package query

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"

	"github.com/signalbox-io/signalbox/pkg/rpc"
	"github.com/signalbox-io/signalbox/services/query/store"
)

const (
	defaultPageSize = 50
	maxPageSize     = 1000
)

// pageSize returns how many records a page may have: 0 asks for the default,
// and nobody gets more than the most.
func pageSize(asked int32) (int, error) {
	switch {
	case asked < 0:
		return 0, rpc.FieldViolation("page_size", "%d is negative; give 0 for %d, or up to %d",
			asked, defaultPageSize, maxPageSize)
	case asked == 0:
		return defaultPageSize, nil
	default:
		return min(int(asked), maxPageSize), nil
	}
}

// Layout of a page token before base64: a version, the scope, the position's
// time, a checksum of everything else, the position's id.
const (
	tokenVersion = 1
	scopeBytes   = 8
	timeOffset   = 1 + scopeBytes
	crcOffset    = timeOffset + 8
	idOffset     = crcOffset + 4
)

// What is wrong with a refused page token.
const (
	damagedPage = "is not a token of this service; pass next_page_token as it came, or leave it out to begin again"
	foreignPage = "was given for another list or another filter; repeat the list and filter it came from, or leave it out to begin again"
)

// scope is what a page token belongs to: one list and one filter.
type scope [scopeBytes]byte

func newScope(table store.Table, filter string) scope {
	sum := sha256.Sum256([]byte(string(table) + "\x00" + filter))
	return scope(sum[:scopeBytes])
}

// seal makes the token of the page that comes after the position. A token is
// no secret: it says where to go on, and nothing that its holder may not see.
func (s scope) seal(after store.Position) string {
	token := make([]byte, idOffset, idOffset+len(after.ID))
	token[0] = tokenVersion
	copy(token[1:], s[:])
	binary.BigEndian.PutUint64(token[timeOffset:], uint64(after.At))
	token = append(token, after.ID...)
	binary.BigEndian.PutUint32(token[crcOffset:], checksum(token))
	return base64.RawURLEncoding.EncodeToString(token)
}

// open returns where a token says to go on; the empty one begins at the newest
// record.
func (s scope) open(text string) (store.Position, error) {
	if text == "" {
		return store.Newest(), nil
	}
	token, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(token) < idOffset || token[0] != tokenVersion ||
		binary.BigEndian.Uint32(token[crcOffset:]) != checksum(token) {
		return store.Position{}, rpc.FieldViolation("page_token", damagedPage)
	}
	if !bytes.Equal(token[1:timeOffset], s[:]) {
		return store.Position{}, rpc.FieldViolation("page_token", foreignPage)
	}
	return store.Position{At: int64(binary.BigEndian.Uint64(token[timeOffset:])), ID: string(token[idOffset:])}, nil
}

// checksum is over the whole token but the place of the checksum itself.
func checksum(token []byte) uint32 {
	return crc32.Update(crc32.ChecksumIEEE(token[:crcOffset]), crc32.IEEETable, token[idOffset:])
}
