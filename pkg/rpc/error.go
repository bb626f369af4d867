package rpc

import (
	"fmt"
	"maps"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/protoadapt"
)

// Domain is the domain of every ErrorInfo made here.
const Domain = "signalbox"

// ReasonInvalidField is the reason of errors made by FieldViolation.
const ReasonInvalidField = "INVALID_FIELD"

// Error returns a status error with an ErrorInfo: reason in UPPER_SNAKE,
// metadata (may be nil) for programs, the formatted text for people. The text
// must be redacted. Code OK is a mistake of the caller and becomes Unknown.
func Error(code codes.Code, reason string, metadata map[string]string, format string, args ...any) error {
	info := &errdetails.ErrorInfo{Reason: reason, Domain: Domain, Metadata: maps.Clone(metadata)}
	return withDetails(code, fmt.Sprintf(format, args...), info)
}

// FieldViolation returns an InvalidArgument error that names the field of the
// request at fault, with the path as protobuf writes it (`page_token`).
func FieldViolation(field, format string, args ...any) error {
	text := fmt.Sprintf(format, args...)
	return withDetails(codes.InvalidArgument, field+": "+text,
		&errdetails.ErrorInfo{Reason: ReasonInvalidField, Domain: Domain, Metadata: map[string]string{"field": field}},
		&errdetails.BadRequest{FieldViolations: []*errdetails.BadRequest_FieldViolation{
			{Field: field, Description: text},
		}},
	)
}

func withDetails(code codes.Code, text string, details ...protoadapt.MessageV1) error {
	if code == codes.OK {
		code = codes.Unknown
	}
	plain := status.New(code, text)
	detailed, err := plain.WithDetails(details...)
	if err != nil {
		return plain.Err()
	}
	return detailed.Err()
}

// Reason returns the reason that Error gave err, also through wrapping and
// over the wire; "" for an error without one.
func Reason(err error) string { return info(err).GetReason() }

// Metadata returns the metadata that Error gave err; nil for an error without.
func Metadata(err error) map[string]string { return info(err).GetMetadata() }

func info(err error) *errdetails.ErrorInfo {
	s, ok := status.FromError(err)
	if !ok {
		return nil
	}
	for _, detail := range s.Details() {
		if found, isInfo := detail.(*errdetails.ErrorInfo); isInfo && found.GetDomain() == Domain {
			return found
		}
	}
	return nil
}
