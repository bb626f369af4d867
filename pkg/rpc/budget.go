package rpc

import (
	"context"
	"strconv"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
)

// TrailerBudgetLeft is the trailer in which an adapter tells which share of the
// account's rate budget is free, from 0 to 1, once for each request to the vendor.
const TrailerBudgetLeft = "signalbox-budget-left"

// WatchBudget returns the connection, of whose calls tell hears the least share that
// an adapter told of with each. It hears nothing of a call without a request to a
// vendor, and of a stream when it has ended.
func WatchBudget(conn grpc.ClientConnInterface, tell func(share float64)) grpc.ClientConnInterface {
	return budgetConn{conn, tell}
}

type budgetConn struct {
	grpc.ClientConnInterface
	tell func(share float64)
}

// Invoke makes a call.
func (c budgetConn) Invoke(ctx context.Context, method string, args, reply any, opts ...grpc.CallOption) error {
	var trailer metadata.MD
	err := c.ClientConnInterface.Invoke(ctx, method, args, reply, append(opts, grpc.Trailer(&trailer))...)
	c.hear(trailer)
	return err
}

// NewStream begins a stream.
func (c budgetConn) NewStream(
	ctx context.Context, desc *grpc.StreamDesc, method string, opts ...grpc.CallOption,
) (grpc.ClientStream, error) {
	stream, err := c.ClientConnInterface.NewStream(ctx, desc, method, opts...)
	if err != nil {
		return nil, err
	}
	return budgetStream{stream, c}, nil
}

func (c budgetConn) hear(trailer metadata.MD) {
	least, isTold := 1.0, false
	for _, text := range trailer.Get(TrailerBudgetLeft) {
		if share, err := strconv.ParseFloat(text, 64); err == nil && share >= 0 && share <= 1 {
			least, isTold = min(least, share), true
		}
	}
	if isTold {
		c.tell(least)
	}
}

type budgetStream struct {
	grpc.ClientStream
	conn budgetConn
}

// RecvMsg receives a message; the trailer comes after the last.
func (s budgetStream) RecvMsg(m any) error {
	err := s.ClientStream.RecvMsg(m)
	if err != nil {
		s.conn.hear(s.Trailer())
	}
	return err
}
