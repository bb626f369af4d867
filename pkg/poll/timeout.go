package poll

import (
	"time"

	"github.com/signalbox-io/signalbox/pkg/config"
)

// budgetWait is how long an adapter may hold a call back to stay within the
// vendor's budget: a budget counts over a minute.
const budgetWait = 90 * time.Second

// CallTimeout is the longest time of one call to a source's adapter: a request
// to the vendor and the adapter's wait before it.
func CallTimeout(source config.Source) time.Duration { return source.Timeout + budgetWait }
