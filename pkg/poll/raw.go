package poll

import "strings"

// maxRawBytes bounds the vendor's JSON in an event.
const maxRawBytes = 16 << 10

// Raw returns the vendor's JSON, nothing of one that is longer than 16 KiB:
// half a JSON helps nobody.
func Raw(text string) string {
	if len(text) > maxRawBytes {
		return ""
	}
	return strings.ToValidUTF8(text, "")
}

// clip cuts text off at limit bytes, between two characters.
func clip(text string, limit int) string {
	if len(text) > limit {
		text = text[:limit]
	}
	return strings.ToValidUTF8(text, "")
}
