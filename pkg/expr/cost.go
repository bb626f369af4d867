package expr

import (
	"math"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/cost"
	"cel.dev/cel-go/common/types"
)

// Sizes that costs are estimated for.
const (
	usualText    = 64
	usualEntries = 32
)

// sizes tells CEL's estimator how large an event usually is.
type sizes struct{}

// EstimateCallCost leaves it to CEL.
func (sizes) EstimateCallCost(string, string, *cost.AstNode, []cost.AstNode) *cost.CallEstimate {
	return nil
}

// EstimateSize returns the size of a text or map.
func (sizes) EstimateSize(node cost.AstNode) *cost.SizeEstimate {
	if node.Type() == nil {
		return nil
	}
	size := cost.SizeEstimate{Max: usualText}
	if k := node.Type().Kind(); k == types.MapKind || k == types.ListKind {
		size.Max = usualEntries
	}
	return &size
}

// costOf estimates what an expression costs at most.
func costOf(checked *ast.AST) uint64 {
	estimate, err := cost.Cost(checked, sizes{})
	if err != nil {
		return math.MaxUint64
	}
	return estimate.Max
}
