package action

import (
	"context"
	"errors"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"

	"github.com/signalbox-io/signalbox/pkg/rpc"
	anodotv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anodot/v1"
	anomifyv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anomify/v1"
)

func (x *Executor) conn(source string) (*grpc.ClientConn, error) {
	addr, ok := x.opts.Adapters[source]
	if !ok {
		return nil, rpc.Error(codes.FailedPrecondition, "UNKNOWN_SOURCE", nil,
			"source %q is not configured; add it to the configuration again", source)
	}
	return x.dialer.Conn(addr)
}

// onAnodot calls f with the client of the source's adapter and a deadline.
func (x *Executor) onAnodot(
	ctx context.Context, source string, f func(context.Context, anodotv1.AnodotServiceClient) error,
) error {
	conn, err := x.conn(source)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, x.opts.CallTimeout)
	defer cancel()
	return f(ctx, anodotv1.NewAnodotServiceClient(conn))
}

// onAnomify calls f with the client of the source's adapter and a deadline.
func (x *Executor) onAnomify(
	ctx context.Context, source string, f func(context.Context, anomifyv1.AnomifyServiceClient) error,
) error {
	conn, err := x.conn(source)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, x.opts.CallTimeout)
	defer cancel()
	return f(ctx, anomifyv1.NewAnomifyServiceClient(conn))
}

// errNoAlert is an answer that tells nothing of the alert that was asked for.
var errNoAlert = errors.New("the adapter's answer holds no alert")

// readAlert reads the alert at the vendor: its state and its configuration.
func (x *Executor) readAlert(ctx context.Context, source, alertID string) (*anodotv1.Alert, error) {
	var alert *anodotv1.Alert
	err := x.onAnodot(ctx, source, func(ctx context.Context, client anodotv1.AnodotServiceClient) error {
		response, err := client.GetAlert(ctx, &anodotv1.GetAlertRequest{Source: source, AlertId: alertID})
		alert = response.GetAlert()
		return err
	})
	if err == nil && alert == nil {
		err = errNoAlert
	}
	return alert, err
}

// isPaused reads the alert's state at the vendor.
func (x *Executor) isPaused(ctx context.Context, source, alertID string) (bool, error) {
	alert, err := x.readAlert(ctx, source, alertID)
	return alert.GetPaused(), err
}
