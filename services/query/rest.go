package query

import (
	"context"
	"net/http"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"

	"github.com/signalbox-io/signalbox/pkg/rpc"
	queryv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/query/v1"
)

const watchPath = "/v1/events:watch"

// Routes returns the REST/JSON mirror of the service that conn leads to.
func Routes(conn grpc.ClientConnInterface) ([]rpc.Route, error) {
	client := queryv1.NewQueryServiceClient(conn)
	mux := runtime.NewServeMux(
		runtime.WithMarshalerOption(runtime.MIMEWildcard, newMarshaler()),
		runtime.WithMiddlewares(strict),
		runtime.WithErrorHandler(func(
			_ context.Context, _ *runtime.ServeMux, _ runtime.Marshaler, w http.ResponseWriter, _ *http.Request, err error,
		) {
			writeError(w, err)
		}),
		runtime.WithRoutingErrorHandler(func(
			_ context.Context, _ *runtime.ServeMux, _ runtime.Marshaler, w http.ResponseWriter, r *http.Request, _ int,
		) {
			writeError(w, unknownPath(r))
		}),
		runtime.WithOutgoingHeaderMatcher(func(string) (string, bool) { return "", false }),
		runtime.WithDisableHTTPMethodOverride(),
		runtime.WithDisablePathLengthFallback(),
	)
	// The context is for connections that the mux would close itself.
	if err := queryv1.RegisterQueryServiceHandlerClient(context.Background(), mux, client); err != nil {
		return nil, err
	}
	return []rpc.Route{
		{Pattern: "/v1/", Handler: onlyGet(mux)},
		{Pattern: watchPath, Handler: onlyGet(&watchHandler{client: client})},
	}, nil
}

// onlyGet refuses every other method: REST reads.
func onlyGet(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			next.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Allow", http.MethodGet)
		writeErrorAs(w, http.StatusMethodNotAllowed, rpc.Error(codes.Unimplemented, ReasonMethodNotAllowed, nil,
			"%s is not served here: REST only reads; use GET", cut(r.Method, maxNameRunes)))
	})
}

func unknownPath(r *http.Request) error {
	return rpc.Error(codes.NotFound, ReasonUnknownPath, nil,
		"nothing is served at %s; there are /v1/events, /v1/events/{id}, %s, /v1/decisions, /v1/decisions/{id}, /v1/actions, /v1/actions/{id}, /v1/leases, /v1/dead, /v1/dead/{id}, /v1/sources, /v1/alerts, /v1/alerts/{source}/{id}",
		cut(r.URL.Path, maxNameRunes), watchPath)
}
