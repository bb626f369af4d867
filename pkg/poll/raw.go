package poll

import "strings"

// maxRawBytes bounds the vendor's JSON in an event.
const maxRawBytes = 16 << 10

// Raw returns the vendor's JSON cut off at 16 KiB, between two characters.
func Raw(text string) string { return clip(text, maxRawBytes) }

// clip cuts text off at limit bytes, between two characters.
func clip(text string, limit int) string {
	if len(text) > limit {
		text = text[:limit]
	}
	return strings.ToValidUTF8(text, "")
}
