package analytics

import (
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/vendorhttp"
)

func TestQuietUntil(t *testing.T) {
	t.Parallel()
	millis := func(d time.Duration) string { return strconv.FormatInt(time.Now().Add(d).UnixMilli(), 10) }
	date := func(d time.Duration) string { return time.Now().Add(d).UTC().Format(http.TimeFormat) }
	for name, tc := range map[string]struct {
		remaining, reset, date string
		want                   time.Duration
	}{
		"some left":                   {"1", millis(30 * time.Second), "", 0},
		"none left":                   {"0", millis(30 * time.Second), "", 30 * time.Second},
		"less than none":              {"-1", millis(30 * time.Second), "", 30 * time.Second},
		"the reset is over":           {"0", millis(-time.Second), "", 0},
		"the document's reset":        {"0", "1711612800000", "", 0},
		"no headers":                  {"", "", "", 0},
		"no reset":                    {"0", "", "", 0},
		"no numbers":                  {"none", "soon", "", 0},
		"a reset in nanoseconds":      {"0", "1711612800000000000", "", time.Minute},
		"the vendor's clock is ahead": {"0", millis(time.Hour + 20*time.Second), date(time.Hour), 20 * time.Second},
		"the vendor's clock is late":  {"0", millis(20*time.Second - time.Hour), date(-time.Hour), 20 * time.Second},
		"no date":                     {"0", millis(20 * time.Second), "today", 20 * time.Second},
	} {
		header := http.Header{}
		header.Set("X-RateLimit-Remaining", tc.remaining)
		header.Set("X-RateLimit-Reset", tc.reset)
		header.Set("Date", tc.date)
		until := quietUntil(vendorhttp.Answer{Header: header})
		if tc.want == 0 {
			require.Zero(t, until, name)
			continue
		}
		require.WithinDuration(t, time.Now().Add(tc.want), until, 2*time.Second, name)
	}
}
