package adapter

import (
	"context"
	"strconv"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	"github.com/signalbox-io/signalbox/pkg/rpc"
)

// tellLeft tells the caller which share of the account's budget is free, beside the
// answer: once for each request that the call needed. A context that is of no gRPC
// call has nobody to tell.
func tellLeft(ctx context.Context, share float64) {
	_ = grpc.SetTrailer(ctx, metadata.Pairs(rpc.TrailerBudgetLeft, strconv.FormatFloat(share, 'f', 3, 64)))
}
