package router

import (
	"context"
	"fmt"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	grpcstatus "google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/signalbox-io/signalbox/pkg/rpc"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
)

// ReasonNotActive is the reason of a call that only the router that decides can
// answer, and that did not reach it. Metadata `active` and `address` name it, as far
// as is known.
const ReasonNotActive = "NOT_ACTIVE"

// forwardedBy is the metadata of a call that a router which stands by has passed on.
const forwardedBy = "signalbox-forwarded-by"

// answersAnywhere are the calls that a router answers also while it stands by: they
// read what is on the bus, or tell of this process.
func answersAnywhere(method string) bool {
	switch method {
	case "GetStatus", "ListRules", "GetRule", "Explain":
		return true
	default:
		return false
	}
}

// ReplicaServer serves RouterService for a replica. What changes something is passed
// on to the router that decides; streams are answered here. It is safe for concurrent
// use.
type ReplicaServer struct {
	routerv1.UnimplementedRouterServiceServer

	replica *Replica
}

// NewReplicaServer returns the server of the replica.
func NewReplicaServer(p *Replica) *ReplicaServer { return &ReplicaServer{replica: p} }

// Register registers the service: each call goes to the server of the term that the
// replica is in when it comes.
func (s *ReplicaServer) Register(r grpc.ServiceRegistrar) {
	described := routerv1.RouterService_ServiceDesc
	described.Methods = append([]grpc.MethodDesc(nil), described.Methods...)
	for i, method := range described.Methods {
		described.Methods[i].Handler = s.unary(method)
	}
	described.Streams = append([]grpc.StreamDesc(nil), described.Streams...)
	for i, stream := range described.Streams {
		described.Streams[i].Handler = func(_ any, call grpc.ServerStream) error {
			return stream.Handler(s.replica.now.Load().server, call)
		}
	}
	r.RegisterService(&described, s)
}

// unary answers a call, or passes it on after this process's interceptors have had
// their say.
func (s *ReplicaServer) unary(method grpc.MethodDesc) grpc.MethodHandler {
	return func(_ any, ctx context.Context, decode func(any) error, intercept grpc.UnaryServerInterceptor) (any, error) {
		t := s.replica.now.Load()
		isOurs := t.active.Load() || answersAnywhere(method.MethodName)
		return method.Handler(t.server, ctx, decode, //nolint:contextcheck // it is the call's
			func(ctx context.Context, req any, info *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
				if !isOurs {
					handle = func(ctx context.Context, req any) (any, error) {
						return s.forward(ctx, info.FullMethod, method.MethodName, req)
					}
				}
				if intercept == nil {
					return handle(ctx, req)
				}
				return intercept(ctx, req, info, handle)
			})
	}
}

// forward passes a call on to the router that decides.
func (s *ReplicaServer) forward(ctx context.Context, path, method string, req any) (any, error) {
	place := s.replica.place()
	incoming, _ := metadata.FromIncomingContext(ctx)
	if place.GetActiveAddress() == "" || len(incoming.Get(forwardedBy)) > 0 {
		return nil, notActive(place, "it cannot be passed on")
	}
	answer, err := answerOf(method)
	if err != nil {
		return nil, err
	}
	conn, err := s.replica.opts.Dialer.Conn(place.GetActiveAddress())
	if err != nil {
		return nil, notActive(place, err.Error())
	}
	err = conn.Invoke(metadata.NewOutgoingContext(ctx, passedOn(incoming, s.replica.holder)), path, req, answer)
	if grpcstatus.Code(err) == codes.Unavailable && rpc.Reason(err) == "" {
		return nil, notActive(place, grpcstatus.Convert(err).Message())
	}
	return answer, err
}

// passedOn is what the caller said of itself; what the connection adds is its own.
func passedOn(incoming metadata.MD, by string) metadata.MD {
	outgoing := metadata.MD{forwardedBy: {by}}
	for _, key := range []string{"authorization", "traceparent", "tracestate"} {
		if values := incoming.Get(key); len(values) > 0 {
			outgoing[key] = values
		}
	}
	return outgoing
}

// answerOf returns an empty answer of the method.
func answerOf(method string) (proto.Message, error) {
	service := routerv1.File_signalbox_router_v1_router_service_proto.Services().ByName("RouterService")
	described := service.Methods().ByName(protoreflect.Name(method))
	kind, err := protoregistry.GlobalTypes.FindMessageByName(described.Output().FullName())
	if err != nil {
		return nil, fmt.Errorf("find the answer of %s: %w", method, err)
	}
	return kind.New().Interface(), nil
}

func notActive(place *routerv1.Replica, why string) error {
	if place.GetActive() == "" {
		return rpc.Error(codes.Unavailable, ReasonNotActive, nil,
			"this router stands by, and none decides now; one takes over within seconds, call again")
	}
	return rpc.Error(codes.Unavailable, ReasonNotActive,
		map[string]string{"active": place.GetActive(), "address": place.GetActiveAddress()},
		"this router stands by, and the one that decides did not answer: %s; call %s at %q", why, place.GetActive(), place.GetActiveAddress())
}
