package query

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/signalbox-io/signalbox/pkg/rpc"
	queryv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/query/v1"
)

// maxNameRunes bounds what of a caller's words comes back in an error.
const maxNameRunes = 100

// requestOf returns the request that is made of the query string at a path.
// A path that is not here takes no parameters.
func requestOf(pattern string) proto.Message {
	switch pattern {
	case "/v1/events":
		return &queryv1.ListEventsRequest{}
	case "/v1/decisions":
		return &queryv1.ListDecisionsRequest{}
	case "/v1/actions":
		return &queryv1.ListActionsRequest{}
	case "/v1/leases":
		return &queryv1.ListLeasesRequest{}
	case "/v1/dead":
		return &queryv1.ListDeadLettersRequest{}
	case "/v1/alerts":
		return &queryv1.ListAlertsRequest{}
	case watchPath:
		return &queryv1.WatchEventsRequest{}
	default:
		return &queryv1.ListSourcesRequest{}
	}
}

// strict refuses parameters that the call does not have. The gateway would
// pass over them, and a misspelled filter would then list everything.
func strict(next runtime.HandlerFunc) runtime.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request, path map[string]string) {
		pattern, _ := runtime.HTTPPattern(r.Context())
		if err := checkParameters(r.URL, requestOf(pattern.String())); err != nil {
			writeError(w, err)
			return
		}
		for name, value := range path {
			if !utf8.ValidString(value) {
				writeError(w, rpc.FieldViolation(name, "is not valid UTF-8"))
				return
			}
		}
		w.Header().Set("Cache-Control", "no-store")
		next(w, r, path)
	}
}

// checkParameters checks a query string against the request it stands for.
// Parameters are named as in the proto: page_size.
func checkParameters(u *url.URL, request proto.Message) error {
	values, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return rpc.Error(codes.InvalidArgument, ReasonInvalidQuery, nil,
			"read the query string: %s; write special characters as %%XX (curl: -G --data-urlencode)",
			cut(err.Error(), maxNameRunes))
	}
	fields := request.ProtoReflect().Descriptor().Fields()
	for _, name := range slices.Sorted(maps.Keys(values)) {
		field := fields.ByName(protoreflect.Name(name))
		if field == nil {
			return rpc.FieldViolation(cut(name, maxNameRunes), "unknown parameter; %s", expected(fields))
		}
		if err := checkValue(field, values[name]); err != nil {
			return err
		}
	}
	return nil
}

func checkValue(field protoreflect.FieldDescriptor, values []string) error {
	name := string(field.Name())
	switch {
	case len(values) > 1:
		return rpc.FieldViolation(name, "is given %d times; give it once", len(values))
	case !utf8.ValidString(values[0]):
		return rpc.FieldViolation(name, "is not valid UTF-8")
	case field.Kind() == protoreflect.Int32Kind:
		if _, err := strconv.ParseInt(values[0], 10, 32); err != nil {
			return rpc.FieldViolation(name, "%q is not a whole number of 32 bits", cut(values[0], maxNameRunes))
		}
	}
	return nil
}

func expected(fields protoreflect.FieldDescriptors) string {
	if fields.Len() == 0 {
		return "this path takes none"
	}
	names := make([]string, fields.Len())
	for i := range names {
		names[i] = string(fields.Get(i).Name())
	}
	return "expected " + strings.Join(names, ", ")
}
