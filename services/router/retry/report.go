package retry

import (
	"context"
	"time"
)

// Report is told what does not work, with the last error, and with nil when it
// works again or nobody wants it any more. It must not block.
type Report func(what string, err error)

// stuckAfter is how long Do fails before it tells of it.
const stuckAfter = 5 * time.Second

type reportKey struct{}

// Reporting returns a context under which every Do that has failed for five
// seconds tells report, after each failed attempt from then on.
func Reporting(ctx context.Context, report Report) context.Context {
	return context.WithValue(ctx, reportKey{}, report)
}

// trouble is what one Do has to tell.
type trouble struct {
	what   string
	report Report // may be nil
	since  time.Time
	isTold bool
}

func troubleOf(ctx context.Context, what string) *trouble {
	report, _ := ctx.Value(reportKey{}).(Report)
	return &trouble{what: what, report: report, since: time.Now()}
}

func (t *trouble) failed(err error) {
	if t.report == nil || time.Since(t.since) < stuckAfter {
		return
	}
	t.isTold = true
	t.report(t.what, err)
}

func (t *trouble) over() {
	if t.isTold {
		t.report(t.what, nil)
	}
}
