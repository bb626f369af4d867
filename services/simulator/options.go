package simulator

import (
	"cmp"
	"context"
	"log/slog"
	"net"
	"time"

	"github.com/signalbox-io/signalbox/services/simulator/fault"
)

// The credentials that are accepted unless [Options] say otherwise. Where a
// vendor's documents show a sample credential it is that one, so that their
// examples work as they are printed.
const (
	DefaultAnodotRefreshToken      = "722354b89ae60761f9fcxcxca613315c" //nolint:gosec // the sample of the public documents
	DefaultAnomifyToken            = "2198b4ce0e9884d44b030397a6395b53" //nolint:gosec // the sample of the public documents
	DefaultAnodotDataCollectionKey = "simulated-anodot-data-collection-key"
	DefaultAnuraToken              = "simulated-anura-reporting-token"
	DefaultSecureReporterToken     = "one-week:8c19a680-95bb-4a58-ae4a-a56b93a7fc22" //nolint:gosec // the sample of the public documents
	DefaultAnalyticsKey            = "YOUR_API_KEY"
)

// Credentials are the ones that the vendors accept. An empty field takes its
// default.
type Credentials struct {
	AnodotRefreshToken string
	// AnodotDataCollectionKey is accepted with metrics.
	AnodotDataCollectionKey string
	AnomifyToken            string
	AnuraToken              string
	// SecureReporterToken is "name:uuid".
	SecureReporterToken string
	AnalyticsKey        string
}

// Options shape a simulator. The zero value is ready to use.
type Options struct {
	Credentials Credentials
	// AnodotTokenLifetime is how long an access token works; 0 means 24 hours,
	// as documented.
	AnodotTokenLifetime time.Duration
	// AnodotRateLimitStatus is the status of an answer with Anodot's code
	// 1004; 0 means 400.
	AnodotRateLimitStatus int
	// AnodotTriggeredGroups lists Anodot's firings in groups, as older accounts
	// do.
	AnodotTriggeredGroups bool
	// AnuraTokenExpires is when Anura's token runs out; zero means never.
	AnuraTokenExpires time.Time
	// Faults are set from the beginning.
	Faults []fault.Fault
	// Now is the clock of all vendors; nil means [time.Now].
	Now func() time.Time
	// Dial opens connections to the webhooks that vendors push to; nil means the
	// network.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Logger takes a line for each call (debug) and for each call beyond a
	// budget (warn); nil discards them.
	Logger *slog.Logger
}

func (o Options) withDefaults() Options {
	c := &o.Credentials
	c.AnodotRefreshToken = cmp.Or(c.AnodotRefreshToken, DefaultAnodotRefreshToken)
	c.AnodotDataCollectionKey = cmp.Or(c.AnodotDataCollectionKey, DefaultAnodotDataCollectionKey)
	c.AnomifyToken = cmp.Or(c.AnomifyToken, DefaultAnomifyToken)
	c.AnuraToken = cmp.Or(c.AnuraToken, DefaultAnuraToken)
	c.SecureReporterToken = cmp.Or(c.SecureReporterToken, DefaultSecureReporterToken)
	c.AnalyticsKey = cmp.Or(c.AnalyticsKey, DefaultAnalyticsKey)
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o
}
