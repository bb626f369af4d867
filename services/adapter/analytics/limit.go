package analytics

import (
	"net/http"
	"strconv"
	"time"

	"github.com/signalbox-io/signalbox/pkg/vendorhttp"
)

// longestQuiet is the vendor's window: whatever a header says, the vendor
// counts anew within it.
const longestQuiet = time.Minute

// quietUntil reads what the vendor says of its limit: with nothing remaining,
// the account is quiet until the reset. The reset is by the vendor's clock, so
// its distance is taken from the Date of the same answer where there is one.
func quietUntil(answer vendorhttp.Answer) time.Time {
	if remaining, ok := number(answer.Header, "X-RateLimit-Remaining"); !ok || remaining > 0 {
		return time.Time{}
	}
	reset, ok := number(answer.Header, "X-RateLimit-Reset")
	if !ok {
		return time.Time{}
	}
	now := time.Now()
	vendorNow := now
	if date, err := http.ParseTime(answer.Header.Get("Date")); err == nil {
		vendorNow = date
	}
	wait := time.UnixMilli(reset).Sub(vendorNow)
	if wait <= 0 {
		return time.Time{}
	}
	return now.Add(min(wait, longestQuiet))
}

func number(header http.Header, name string) (int64, bool) {
	n, err := strconv.ParseInt(header.Get(name), 10, 64)
	return n, err == nil
}
