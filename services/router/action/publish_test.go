package action_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/bus"
	actionv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/action/v1"
	"github.com/signalbox-io/signalbox/services/router/action"
)

func TestPublish_SendsTheFieldsUnderTheActionsID(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	sub, err := r.bus.Conn().SubscribeSync("signalbox.notify.>")
	require.NoError(t, err)
	p := r.start(t)
	p.ask(publish("n", "bots.on shop"))
	require.Equal(t, "published on signalbox.notify.bots.on=20shop", p.reaches("n", done).GetDetail())
	msg, err := sub.NextMsg(patience)
	require.NoError(t, err)
	require.Equal(t, "signalbox.notify.bots.on=20shop", msg.Subject)
	require.Equal(t, "n", msg.Header.Get("ce-id"))
	require.JSONEq(t, `{"text":"hello"}`, string(msg.Data))
}

func TestSubject_HoldsNoWildcard(t *testing.T) {
	t.Parallel()
	require.Equal(t, "p.a.=2a.=3e", action.Subject("p", "a.*.>"))
	require.Equal(t, "p.none", action.Subject("p", ""))
}

// deafBus takes no notifications before it is told to.
type deafBus struct {
	*bus.Bus
	hears atomic.Bool
	tried atomic.Int64
}

func (d *deafBus) PublishNotification(ctx context.Context, subject string, a *actionv1.Action) error {
	d.tried.Add(1)
	if !d.hears.Load() {
		return errors.New("nobody listens")
	}
	return d.Bus.PublishNotification(ctx, subject, a)
}

func TestPublish_IsRepeatedAndGivenUpAfterADay(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	deaf := &deafBus{Bus: r.bus}
	p := r.prepare(t, deaf)
	p.start()
	p.ask(publish("repeated", "a"))
	until(t, "it was tried", func() bool { return deaf.tried.Load() > 2 })
	require.Equal(t, attempting, p.stateOf("repeated").GetState(), "it may have been sent")
	deaf.hears.Store(true)
	p.reaches("repeated", done)

	deaf.hears.Store(false)
	p.ask(publish("lost", "b"))
	until(t, "its failure is noted", func() bool { return p.stateOf("lost").GetDetail() != "" })
	r.clock.advance(24 * time.Hour)
	require.Equal(t, "given up after 24h0m0s: nobody listens", p.reaches("lost", failed).GetDetail())
}
