package router

import (
	"context"
	"errors"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	grpcstatus "google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/rpc"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/router/engine"
)

// Server serves RouterService. It is safe for concurrent use.
type Server struct {
	routerv1.UnimplementedRouterServiceServer

	router    *Router
	backtests backtests
}

// NewServer returns the server of the router.
func NewServer(r *Router) *Server { return &Server{router: r, backtests: newBacktests()} }

// Register registers the service.
func (s *Server) Register(r grpc.ServiceRegistrar) { routerv1.RegisterRouterServiceServer(r, s) }

// GetStatus returns the running rule set and how far the router has come. It
// answers also while the bus is away, with what was heard last.
func (s *Server) GetStatus(ctx context.Context, _ *routerv1.GetStatusRequest) (*routerv1.GetStatusResponse, error) {
	status := s.router.Status(ctx)
	rules, _, _ := s.router.status.running()
	response := &routerv1.GetStatusResponse{
		RuleSet:         rules.Version(),
		DecidedSequence: status.Decided,
		StreamSequence:  status.Last,
		ActiveLeases:    int32(s.router.leases.Len()),
	}
	if stop := s.router.stop.get(); engine.StopText(stop) != "" {
		response.StopSwitch = stop
	}
	if s.router.place != nil {
		response.Replica = s.router.place()
	}
	for _, r := range rules.Rules() {
		response.Rules = append(response.Rules, r.Name)
	}
	if !status.SnapshotAt.IsZero() {
		response.SnapshotAt = timestamppb.New(status.SnapshotAt)
	}
	return response, nil
}

// ReloadRules reads the rules files again. The reasons of its errors are
// RULES_REFUSED, with the problems as a detail, and NOT_SWITCHED for a switch
// that did not come in time and may still come.
func (s *Server) ReloadRules(
	ctx context.Context, req *routerv1.ReloadRulesRequest,
) (*routerv1.ReloadRulesResponse, error) {
	reload := s.router.Reload
	if req.GetWarm() {
		reload = s.router.ReloadWarm
	}
	change, err := reload(ctx, ByCall)
	switch {
	case errors.Is(err, ErrRefused):
		return nil, refused(change.Before, err)
	case err != nil:
		return nil, rpc.Error(codes.Unavailable, "NOT_SWITCHED", nil, "%s", err)
	}
	return &routerv1.ReloadRulesResponse{
		OldRuleSet: change.Before, RuleSet: change.After,
		Added: change.Added, Removed: change.Removed, Changed: change.Changed,
	}, nil
}

// refused tells every problem for which rules were not taken.
func refused(running string, err error) error {
	problems := problemsOf(err)
	plain := rpc.Error(codes.FailedPrecondition, "RULES_REFUSED", nil,
		"the rules are refused, those of version %s go on; problems: %d", running, problems.GetTotal())
	detailed, err := grpcstatus.Convert(plain).WithDetails(problems)
	if err != nil {
		return plain
	}
	return detailed.Err()
}

// ListRules returns the rules of the running set, or of one that is kept.
func (s *Server) ListRules(ctx context.Context, req *routerv1.ListRulesRequest) (*routerv1.ListRulesResponse, error) {
	rules, set, refusal := s.router.status.running()
	if version := req.GetRuleSet(); version != "" && version != rules.Version() {
		kept, err := s.kept(ctx, version)
		if err != nil {
			return nil, err
		}
		kept.Files = nil
		return &routerv1.ListRulesResponse{RuleSet: kept, Refusal: refusal}, nil
	}
	return &routerv1.ListRulesResponse{
		RuleSet: &routerv1.RuleSet{
			Version: rules.Version(), Rules: rules.withKeys(s.router.status.remembered(rules)), Since: set.GetSince(), By: set.GetBy(),
		},
		Refusal: refusal,
	}, nil
}

// GetRule returns one rule with its text.
func (s *Server) GetRule(ctx context.Context, req *routerv1.GetRuleRequest) (*routerv1.GetRuleResponse, error) {
	if req.GetName() == "" {
		return nil, rpc.FieldViolation("name", "it is empty; name a rule of ListRules")
	}
	rules, _, _ := s.router.status.running()
	if version := req.GetRuleSet(); version != "" && version != rules.Version() {
		kept, err := s.kept(ctx, version)
		if err != nil {
			return nil, err
		}
		if rules, err = rulesOf(kept); err != nil {
			return nil, rpc.Error(codes.FailedPrecondition, "RULE_SET_UNREADABLE", nil,
				"rule set %s does not compile any more: %s", version, err)
		}
	}
	for _, summary := range rules.withKeys(s.router.status.remembered(rules)) {
		if summary.GetName() == req.GetName() {
			return &routerv1.GetRuleResponse{
				Rule: summary, Text: outline(rules.files)[summary.GetName()].text, RuleSet: rules.Version(),
			}, nil
		}
	}
	return nil, rpc.Error(codes.NotFound, "NO_SUCH_RULE", nil,
		"rule set %s has no rule %.64q; ListRules names those that it has", rules.Version(), req.GetName())
}

func (s *Server) kept(ctx context.Context, version string) (*routerv1.RuleSet, error) {
	if s.router.opts.Bus.Rules() == nil {
		return nil, rpc.Error(codes.Unavailable, "NO_BUS", nil, "the bus is not there yet; try again")
	}
	set, err := archive{s.router.opts.Bus}.find(ctx, version)
	switch {
	case errors.Is(err, errNoSet):
		return nil, rpc.Error(codes.NotFound, "NO_SUCH_RULE_SET", nil,
			"rule set %.64q is not kept; a decision names the one that made it", version)
	case err != nil:
		return nil, rpc.Error(codes.Unavailable, "RULE_SET_UNREAD", nil, "rule set %s cannot be read: %s", version, err)
	}
	return set, nil
}
