package config

import (
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	configv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/config/v1"
)

// Actions is how actions are carried out.
type Actions struct {
	// GiveUpAfter is how long a pause is tried before it is given up.
	GiveUpAfter time.Duration
	// GiveUpOthersAfter is the same of every other action, but for what ends a pause
	// or a lease, which is never given up.
	GiveUpOthersAfter time.Duration
}

const (
	defaultGiveUp       = 15 * time.Minute
	defaultGiveUpOthers = 24 * time.Hour
	shortestGiveUp      = 10 * time.Second
)

func defaultActions() Actions {
	return Actions{GiveUpAfter: defaultGiveUp, GiveUpOthersAfter: defaultGiveUpOthers}
}

func (c *checker) actions(m *configv1.Actions) Actions {
	return Actions{
		GiveUpAfter:       c.giveUp("actions.give_up_after", m.GetGiveUpAfter(), defaultGiveUp),
		GiveUpOthersAfter: c.giveUp("actions.give_up_others_after", m.GetGiveUpOthersAfter(), defaultGiveUpOthers),
	}
}

func (c *checker) giveUp(path string, value *durationpb.Duration, fallback time.Duration) time.Duration {
	after := c.positive(path, value, fallback)
	c.atLeast(path, after, shortestGiveUp, "which leaves no time for a second attempt")
	return after
}

func (a Actions) message() *configv1.Actions {
	return &configv1.Actions{
		GiveUpAfter: durationpb.New(a.GiveUpAfter), GiveUpOthersAfter: durationpb.New(a.GiveUpOthersAfter),
	}
}
