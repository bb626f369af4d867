package adapter

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/grpc/codes"

	"github.com/signalbox-io/signalbox/pkg/config"
	"github.com/signalbox-io/signalbox/pkg/event"
	"github.com/signalbox-io/signalbox/pkg/health"
	"github.com/signalbox-io/signalbox/pkg/rpc"
	"github.com/signalbox-io/signalbox/pkg/vendorhttp"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
)

// Base is what every adapter is made of.
type Base struct {
	// Vendor is whose accounts these are.
	Vendor eventv1.Vendor
	// Config names the accounts.
	Config config.Config
	// Logger takes what no caller is told.
	Logger *slog.Logger
	// Registerer takes the metrics.
	Registerer prometheus.Registerer
	// Health takes what accounts say about themselves.
	Health *health.Registry
}

// Accounts are one vendor's accounts in this process, each with the client C
// of its vendor. It is safe for concurrent use.
type Accounts[C any] struct {
	vendor string
	byName map[string]*Account[C]
}

// Account is one vendor account.
type Account[C any] struct {
	// Client calls the vendor.
	Client C

	source    string
	vendor    string
	http      *vendorhttp.Client
	component *health.Component
}

// Vendor is what a vendor's package says of its accounts.
type Vendor[C any] struct {
	// Options returns what is particular to the account's HTTP client: budgets,
	// secrets, timeouts, how errors are read. The rest is filled in.
	Options func(config.Source) vendorhttp.Options
	// Client returns the vendor's client on top of it.
	Client func(config.Source, *vendorhttp.Client) C
}

// NewAccounts returns the accounts whose adapter runs in this process. It does
// no I/O.
func NewAccounts[C any](base Base, vendor Vendor[C]) (*Accounts[C], error) {
	metrics, err := vendorhttp.NewMetrics(base.Registerer)
	if err != nil {
		return nil, fmt.Errorf("register vendor metrics: %w", err)
	}
	accounts := &Accounts[C]{vendor: event.VendorName(base.Vendor), byName: map[string]*Account[C]{}}
	for _, source := range base.Config.Sources {
		if source.Vendor != base.Vendor || source.RemoteAdapter {
			continue
		}
		opts := vendor.Options(source)
		opts.Vendor, opts.Source, opts.BaseURL = accounts.vendor, source.Name, source.BaseURL
		opts.DataDir, opts.Logger, opts.Metrics = base.Config.DataDir, base.Logger, metrics
		opts.Dial, opts.Left = base.Config.Dial, tellLeft
		client, err := vendorhttp.New(opts)
		if err != nil {
			return nil, err
		}
		accounts.byName[source.Name] = &Account[C]{
			Client: vendor.Client(source, client), source: source.Name, vendor: accounts.vendor, http: client,
			component: base.Health.Part("source/"+source.Name, health.KindSource, "adapter"),
		}
	}
	return accounts, nil
}

// Start reads the accounts' budgets. From then on an account counts as working
// until a call shows otherwise: an adapter that nobody calls probes nothing.
func (a *Accounts[C]) Start(context.Context) error {
	for _, account := range a.byName {
		if err := account.http.Open(); err != nil {
			return fmt.Errorf("open source %s: %w", account.source, err)
		}
		account.component.OK()
	}
	return nil
}

// Stop releases connections and files.
func (a *Accounts[C]) Stop(context.Context) error {
	var errs []error
	for _, account := range a.byName {
		errs = append(errs, account.http.Close())
	}
	return errors.Join(errs...)
}

// Find returns the account of the source, or a FailedPrecondition error with
// the reason UNKNOWN_SOURCE.
func (a *Accounts[C]) Find(source string) (*Account[C], error) {
	if account, ok := a.byName[source]; ok {
		return account, nil
	}
	return nil, rpc.Error(codes.FailedPrecondition, rpc.ReasonUnknownSource,
		map[string]string{"vendor": a.vendor, "source": source, "retryable": "false"},
		"source %q is no %s account of this process; configure it here, or call the adapter that has it", source, a.vendor)
}

// Done reports the outcome of a call to the health registry and returns err as
// a gRPC status; nil stays nil.
func (a *Account[C]) Done(err error) error {
	if err == nil {
		a.component.OK()
		return nil
	}
	failure, ok := errors.AsType[*vendorhttp.Error](err)
	if !ok {
		return err
	}
	if failure.Kind == vendorhttp.CredentialRefused || failure.Kind == vendorhttp.CircuitOpen {
		a.component.Fail(failure.Error())
	}
	return statusOf(a.vendor, a.source, failure)
}
