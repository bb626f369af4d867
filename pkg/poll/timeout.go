package poll

import (
	"time"

	"github.com/signalbox-io/signalbox/pkg/config"
)

// budgetWait is how long an adapter may hold a call back to stay within the
// vendor's budget: a budget counts over a minute.
const budgetWait = 90 * time.Second

// fetchTimeout leaves room for two calls of the longest, also where a vendor's
// answers take minutes.
func fetchTimeout(source config.Source) time.Duration {
	return max(defaultFetchTimeout, 2*CallTimeout(source))
}

// CallTimeout is the longest time of one call to a source's adapter: a request
// to the vendor and the adapter's wait before it, be it for the budget or, at
// a vendor that is asked one thing at a time, for another caller's request.
func CallTimeout(source config.Source) time.Duration { return source.Timeout + budgetWait }
