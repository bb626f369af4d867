package action

import (
	"context"
	"errors"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"

	"github.com/signalbox-io/signalbox/pkg/rpc"
	anodotv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anodot/v1"
	anomifyv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anomify/v1"
	securereporterv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/securereporter/v1"
)

// call calls f with the client of the source's adapter and a deadline.
func call[C any](
	ctx context.Context, x *Executor, source string,
	clientOf func(grpc.ClientConnInterface) C, f func(context.Context, C) error,
) error {
	addr, ok := x.opts.Adapters[source]
	if !ok {
		return rpc.Error(codes.FailedPrecondition, rpc.ReasonUnknownSource, nil,
			"source %q is not configured; add it to the configuration again", source)
	}
	conn, err := x.dialer.Conn(addr)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, x.opts.CallTimeout)
	defer cancel()
	return f(ctx, clientOf(conn))
}

func (x *Executor) onAnodot(
	ctx context.Context, source string, f func(context.Context, anodotv1.AnodotServiceClient) error,
) error {
	return call(ctx, x, source, anodotv1.NewAnodotServiceClient, f)
}

func (x *Executor) onAnomify(
	ctx context.Context, source string, f func(context.Context, anomifyv1.AnomifyServiceClient) error,
) error {
	return call(ctx, x, source, anomifyv1.NewAnomifyServiceClient, f)
}

func (x *Executor) onReporter(
	ctx context.Context, source string, f func(context.Context, securereporterv1.SecureReporterServiceClient) error,
) error {
	return call(ctx, x, source, securereporterv1.NewSecureReporterServiceClient, f)
}

// errEmptyAnswer is an answer that tells nothing of what was asked for.
var errEmptyAnswer = errors.New("the adapter's answer is empty")

// errUnreadable is a list in which what is looked for may be a record that could
// not be read.
var errUnreadable = errors.New("it is not in the vendor's list, of which some records could not be read")

// absent is the error of a target that a list does not show.
func absent(noun, id string, isWhole bool) error {
	if !isWhole {
		return errUnreadable
	}
	return rpc.Error(codes.NotFound, rpc.ReasonNotFound, nil, "there is no %s %s", noun, id)
}

// readAlert reads the alert at the vendor: its state and its configuration, where
// that is asked for also as the vendor writes it.
func (x *Executor) readAlert(ctx context.Context, source, alertID string, isWritten bool) (*anodotv1.Alert, error) {
	var alert *anodotv1.Alert
	err := x.onAnodot(ctx, source, func(ctx context.Context, client anodotv1.AnodotServiceClient) error {
		response, err := client.GetAlert(ctx, &anodotv1.GetAlertRequest{Source: source, AlertId: alertID, Fields: isWritten})
		alert = response.GetAlert()
		return err
	})
	if err == nil && (alert == nil || isWritten && alert.GetFields() == nil) {
		err = errEmptyAnswer
	}
	return alert, err
}

// listAlerts reads all alerts, and whether every record of them could be read.
func (x *Executor) listAlerts(ctx context.Context, source string) (alerts []*anodotv1.Alert, isWhole bool, err error) {
	err = x.onAnodot(ctx, source, func(ctx context.Context, client anodotv1.AnodotServiceClient) error {
		response, err := client.ListAlerts(ctx, &anodotv1.ListAlertsRequest{Source: source})
		alerts, isWhole = response.GetAlerts(), len(response.GetRejected()) == 0
		return err
	})
	return alerts, isWhole, err
}

// listWatchers reads all watchers, and whether every record of them could be read.
func (x *Executor) listWatchers(ctx context.Context, source string) (watchers []*anomifyv1.Watcher, isWhole bool, err error) {
	err = x.onAnomify(ctx, source, func(ctx context.Context, client anomifyv1.AnomifyServiceClient) error {
		response, err := client.ListWatchers(ctx, &anomifyv1.ListWatchersRequest{Source: source})
		watchers, isWhole = response.GetWatchers(), len(response.GetRejected()) == 0
		return err
	})
	return watchers, isWhole, err
}

// listExclusions reads all exclusions, and whether every record of them could be
// read.
func (x *Executor) listExclusions(
	ctx context.Context, source string,
) (exclusions []*anomifyv1.Exclusion, isWhole bool, err error) {
	err = x.onAnomify(ctx, source, func(ctx context.Context, client anomifyv1.AnomifyServiceClient) error {
		response, err := client.ListExclusions(ctx, &anomifyv1.ListExclusionsRequest{Source: source})
		exclusions, isWhole = response.GetExclusions(), len(response.GetRejected()) == 0
		return err
	})
	return exclusions, isWhole, err
}
