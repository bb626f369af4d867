package anomify

import (
	"context"
	"encoding/json"

	anomifyv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anomify/v1"
)

const patternID = "pattern_id"

// GetPattern returns one pattern. It goes before other reads, because whoever
// disabled one with unknown outcome waits for it.
func (s *Server) GetPattern(
	ctx context.Context, req *anomifyv1.GetPatternRequest,
) (*anomifyv1.GetPatternResponse, error) {
	if err := needID(patternID, req.GetPatternId()); err != nil {
		return nil, err
	}
	get := read("get_pattern", under("/pattern", req.GetPatternId()), nil)
	get.Urgent = true
	pattern, err := oneOf(ctx, s, req.GetSource(), get, "pattern", objectOf[anomifyv1.Pattern])
	if err != nil {
		return nil, err
	}
	return &anomifyv1.GetPatternResponse{Pattern: pattern}, nil
}

// DisablePattern ends the matching of a pattern, once. After an OUTCOME_UNKNOWN
// error the caller reads the pattern back.
func (s *Server) DisablePattern(
	ctx context.Context, req *anomifyv1.DisablePatternRequest,
) (*anomifyv1.DisablePatternResponse, error) {
	if err := needID(patternID, req.GetPatternId()); err != nil {
		return nil, err
	}
	post := effect("disable_pattern", under("/pattern", req.GetPatternId(), "disable"), nil)
	pattern, err := shownOf(ctx, s, req.GetSource(), post, "pattern", objectOf[anomifyv1.Pattern])
	if err != nil {
		return nil, err
	}
	return &anomifyv1.DisablePatternResponse{Pattern: pattern}, nil
}

// ListPatternMatches returns the matches of one pattern.
func (s *Server) ListPatternMatches(
	ctx context.Context, req *anomifyv1.ListPatternMatchesRequest,
) (*anomifyv1.ListPatternMatchesResponse, error) {
	if err := needID(patternID, req.GetPatternId()); err != nil {
		return nil, err
	}
	get := read("list_pattern_matches", under("/pattern", req.GetPatternId(), "matches"), nil)
	got, err := listOf(ctx, s, req.GetSource(), get, "matches", objectOf[anomifyv1.Match])
	if err != nil {
		return nil, err
	}
	return &anomifyv1.ListPatternMatchesResponse{Matches: got.records, Rejected: got.rejected}, nil
}

// GetPatternTimeseries returns the values that a pattern was trained on, oldest
// first.
func (s *Server) GetPatternTimeseries(
	ctx context.Context, req *anomifyv1.GetPatternTimeseriesRequest,
) (*anomifyv1.GetPatternTimeseriesResponse, error) {
	if err := needID(patternID, req.GetPatternId()); err != nil {
		return nil, err
	}
	get := read("get_pattern_timeseries", under("/pattern", req.GetPatternId(), "timeseries"), nil)
	return oneOf(ctx, s, req.GetSource(), get, whole,
		func(data json.RawMessage) (*anomifyv1.GetPatternTimeseriesResponse, error) {
			points, err := pointsIn(data, "timeseries", pointOf)
			return &anomifyv1.GetPatternTimeseriesResponse{Points: points}, err
		})
}

// ListPendingPatterns returns the patterns that are not matched yet.
func (s *Server) ListPendingPatterns(
	ctx context.Context, req *anomifyv1.ListPendingPatternsRequest,
) (*anomifyv1.ListPendingPatternsResponse, error) {
	got, err := listOf(ctx, s, req.GetSource(), read("list_pending_patterns", "/patterns/pending", nil), "patterns",
		objectOf[anomifyv1.Pattern])
	if err != nil {
		return nil, err
	}
	return &anomifyv1.ListPendingPatternsResponse{Patterns: got.records, Rejected: got.rejected}, nil
}

// GetMatch returns one match.
func (s *Server) GetMatch(ctx context.Context, req *anomifyv1.GetMatchRequest) (*anomifyv1.GetMatchResponse, error) {
	if err := needID("match_id", req.GetMatchId()); err != nil {
		return nil, err
	}
	match, err := oneOf(ctx, s, req.GetSource(), read("get_match", under("/match", req.GetMatchId()), nil), "match",
		objectOf[anomifyv1.Match])
	if err != nil {
		return nil, err
	}
	return &anomifyv1.GetMatchResponse{Match: match}, nil
}
