package router

import (
	"context"
	"log/slog"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"google.golang.org/grpc/codes"

	"github.com/signalbox-io/signalbox/pkg/rpc"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/router/rule"
)

// Reasons of Explain's errors, beside those of Backtest.
const (
	// ReasonNoSuchEvent: the stream does not hold the event.
	ReasonNoSuchEvent = "NO_SUCH_EVENT"
	// ReasonNoSuchRule: the set has no rule of that name.
	ReasonNoSuchRule = "NO_SUCH_RULE"
)

// explainTime is how long one explanation may take.
const explainTime = 2 * time.Minute

// Explain tells how rules judge a stored event. It reads the stream as a backtest
// does, and counts as one of those that may run at a time.
func (s *Server) Explain(ctx context.Context, req *routerv1.ExplainRequest) (*routerv1.ExplainResponse, error) {
	leave, err := s.backtests.enter() // before the rules are compiled, which takes time and memory too
	if err != nil {
		return nil, err
	}
	defer leave()
	set, err := s.explained(ctx, req)
	if err != nil {
		return nil, err
	}
	js := s.router.opts.Bus.JetStream()
	if js == nil {
		return nil, rpc.Error(codes.Unavailable, ReasonBusUnavailable, nil, "the bus is not there yet; try again")
	}
	ctx, cancel := context.WithTimeout(ctx, explainTime)
	defer cancel()
	answer, err := s.explain(ctx, js, set, req)
	if err != nil {
		if rpc.Reason(err) == "" {
			s.router.opts.Logger.WarnContext(ctx, "explanation ended early", slog.Any("error", err))
		}
		return nil, backtestError(ctx, err)
	}
	return answer, nil
}

// explained returns the set that is asked.
func (s *Server) explained(ctx context.Context, req *routerv1.ExplainRequest) (*rule.Set, error) {
	running, _, _ := s.router.status.running()
	set := running.Set
	switch version := req.GetRuleSet(); {
	case req.GetEventId() == "":
		return nil, rpc.FieldViolation("event_id", "it is empty; name an event of ListEvents")
	case version != "" && len(req.GetFiles()) > 0:
		return nil, rpc.FieldViolation("rule_set", "it stands beside files; give one of them")
	case len(req.GetFiles()) > 0:
		var err error
		if set, err = compileFiles(req.GetFiles(), rule.Catalog{Sources: vendors(s.router.opts.Config.Sources)}); err != nil {
			return nil, err
		}
	case version != "" && version != running.Version():
		kept, err := s.kept(ctx, version)
		if err != nil {
			return nil, err
		}
		rules, err := rulesOf(kept)
		if err != nil {
			return nil, rpc.Error(codes.FailedPrecondition, "RULE_SET_UNREADABLE", nil,
				"rule set %s does not compile any more: %s", version, err)
		}
		set = rules.Set
	}
	if len(req.GetRules()) > len(set.Rules()) {
		return nil, rpc.FieldViolation("rules", "it has more names than there are rules; leave it out to ask all of them")
	}
	for _, name := range req.GetRules() {
		if set.Rule(name) == nil {
			return nil, rpc.Error(codes.NotFound, ReasonNoSuchRule, nil, "rule set %s has no rule %.64q; see signalbox rules list", set.Version(), name)
		}
	}
	return set, nil
}

// explain goes over the events around the one that is asked about.
func (s *Server) explain(
	ctx context.Context, js jetstream.JetStream, set *rule.Set, req *routerv1.ExplainRequest,
) (*routerv1.ExplainResponse, error) {
	l := &lookback{router: s.router, js: js, asked: set, request: req, settings: Settings(s.router.opts.Config)}
	if err := l.find(ctx); err != nil {
		return nil, err
	}
	return l.explain(ctx)
}

func noSuchEvent(id string) error {
	return rpc.Error(codes.NotFound, ReasonNoSuchEvent, nil, "no stored event has the id %.64q; see signalbox events list", id)
}
