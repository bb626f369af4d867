package replay

import (
	"crypto/sha256"
	"encoding/hex"
)

// siteAnomalyBase keeps the ids of the two anomaly files apart.
const siteAnomalyBase = 1_000_000

// AnomalyID is the Anomify id of the anomaly on a line (from 1) of
// anomalies.jsonl, or of site_anomalies.jsonl.
func AnomalyID(file File, line int) int64 {
	if file == SiteAnomalies {
		return siteAnomalyBase + int64(line)
	}
	return int64(line)
}

// FeedbackID is the uuid of the Anodot feedback that has this id in
// feedback.jsonl.
func FeedbackID(id string) string {
	return uuidOf("feedback", id)
}

// AlertID is the uuid of the Anodot alert that is called "detector|metric" in
// feedback.jsonl.
func AlertID(alert string) string {
	return uuidOf("alert", alert)
}

// AnomalyHex is the id that Anodot's links have for an anomaly_id of
// feedback.jsonl.
func AnomalyHex(id string) string {
	return digest("anomaly", id)
}

// uuidOf makes a version 8 uuid, the version whose bits are the maker's, of a
// hash.
func uuidOf(kind, name string) string {
	h := []byte(digest(kind, name))
	h[12], h[16] = '8', '8'
	return string(h[:8]) + "-" + string(h[8:12]) + "-" + string(h[12:16]) + "-" + string(h[16:20]) + "-" + string(h[20:])
}

// digest is 32 hexadecimal digits.
func digest(kind, name string) string {
	sum := sha256.Sum256([]byte(kind + "\x00" + name))
	return hex.EncodeToString(sum[:16])
}
