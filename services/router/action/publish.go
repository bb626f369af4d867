package action

import (
	"context"
	"fmt"
	"strings"

	"github.com/signalbox-io/signalbox/pkg/bus"
	"github.com/signalbox-io/signalbox/services/router/ledger"
)

// publish sends the notification. Nothing can be read back: one that may have
// been sent is sent again under the same CloudEvents id, by which subscribers
// know it.
func (x *Executor) publish(ctx context.Context, r ledger.Record, t *turn) (ledger.Record, error) {
	if x.isGivenUp(t, x.opts.WatcherGiveUpAfter) {
		return x.end(ctx, r, failed, givenUp(r.Action, x.opts.WatcherGiveUpAfter))
	}
	r, err := x.attempt(ctx, r, "")
	if err != nil {
		return r, err
	}
	subject := Subject(x.opts.SubjectPrefix, r.Action.GetPublish().GetSubject())
	call, cancel := context.WithTimeout(ctx, x.opts.CallTimeout)
	defer cancel()
	if err := x.notifier.PublishNotification(call, subject, r.Action); err != nil {
		return x.again(ctx, r, t, attempting, err)
	}
	return x.end(ctx, r, done, fmt.Sprintf(detailPublished, subject))
}

// Subject returns the subject below prefix on which a rule's text is published:
// dots separate tokens, everything that no token holds is escaped.
func Subject(prefix, text string) string {
	tokens := strings.Split(text, ".")
	for i, token := range tokens {
		tokens[i] = bus.Token(token)
	}
	return prefix + "." + strings.Join(tokens, ".")
}
