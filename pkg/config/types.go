package config

import (
	"context"
	"log/slog"
	"net"
	"time"

	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
)

// Config is the effective configuration: defaults applied, paths absolute,
// secrets resolved, everything checked. Services take the parts they need by
// value and read nothing else.
type Config struct {
	// DataDir is the absolute folder of everything kept on disk.
	DataDir string
	// NATS is the bus.
	NATS NATS
	// GRPC is the gRPC listener.
	GRPC Listen
	// HTTP is the HTTP listener.
	HTTP Listen
	// Sources are the vendor accounts, in the file's order.
	Sources []Source
	// Rules are absolute paths of the rules files, globs expanded and sorted.
	Rules []string
	// RulePatterns are the absolute paths and globs that Rules came of;
	// [RuleFiles] expands them again.
	RulePatterns []string
	// Engine is the rule engine.
	Engine Engine
	// Safety is what no rule may do.
	Safety Safety
	// Query is the query service.
	Query Query
	// Log is how the process logs.
	Log Log
	// Notify is where the publish action publishes.
	Notify Notify
	// Leases is how leases are kept.
	Leases Leases
	// Actions is how actions are carried out.
	Actions Actions
	// Dial opens connections to vendors; nil is the network. No file says it: it
	// is for whoever runs the services with vendors in the same process.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Warnings are doubts about the file that keep nothing from starting; each
	// is a sentence for the log.
	Warnings []string
}

// NATS is the bus: either embedded (URL empty) or a server's address.
type NATS struct {
	// Listen is the address of the embedded server, "" with URL.
	Listen string
	// URL is the address of a server, "" for the embedded one.
	URL string
	// CredentialsFile is the absolute path of the account's credentials, or "".
	CredentialsFile string
	// Replicas is the number of copies of each stream, at least 1.
	Replicas int
	// Encoding is `protobuf` or `json`.
	Encoding string
	// Sync is how often the embedded server flushes to the disk; 0 is before each
	// acknowledgement. Unused with URL.
	Sync time.Duration
	// Events, Decisions, Actions and Dead limit the streams.
	Events, Decisions, Actions, Dead StreamLimits
}

// StreamLimits are how much one stream keeps; a zero is not written, and leaves
// a stream as it is.
type StreamLimits struct {
	// MaxAge is how long a message is kept.
	MaxAge time.Duration
	// MaxBytes is how much it holds.
	MaxBytes int64
}

// Listen is one listener.
type Listen struct {
	// Address is host:port; port 0 takes a free one.
	Address string
}

// Source is one vendor account.
type Source struct {
	// Name is unique, [a-z][a-z0-9-]*.
	Name string
	// Vendor tells which of the fields below apply.
	Vendor eventv1.Vendor
	// BaseURL of the vendor without a slash at its end.
	BaseURL string
	// Credential is the account's token, key or refresh token.
	Credential Secret
	// Poll is when the source is polled.
	Poll Poll
	// Adapter is the gRPC address of the account's adapter; the process's own
	// gRPC address where the configuration names none.
	Adapter string
	// RemoteAdapter reports whether the configuration names an adapter in
	// another process, so that this one must not start its own.
	RemoteAdapter bool
	// Labels to add: CEL over the event by label name.
	Labels map[string]string
	// Timeout of one request to the vendor.
	Timeout time.Duration
	// Instances to read, of Anura; [all] reads each one there is.
	Instances []string
	// Campaigns to read one by one, of Anura; empty reads each instance whole.
	Campaigns []string
	// AnuraReports are the reports to read, of Anura, each `product/name`.
	AnuraReports []string
	// Sites to read, of Analytics; [all] reads each one there is.
	Sites []string
	// Reports to read, of Secure Reporter.
	Reports []Report
	// Anodot is what only Anodot's accounts have.
	Anodot Anodot
}

// Poll is when a source is polled.
type Poll struct {
	// Every is the time between polls.
	Every time.Duration
	// Slowest is the longest time between polls while the vendor's budget does not
	// allow more.
	Slowest time.Duration
	// LookBack is how far back the first poll reads.
	LookBack time.Duration
	// Overlap is how far behind the cursor each poll reads again.
	Overlap time.Duration
}

// Report is one report of Secure Reporter.
type Report struct {
	// Name is the report's slug or number.
	Name string
	// Parameters are the values of its bind variables.
	Parameters map[string]string
	// Location is where datetimes without a zone are read.
	Location *time.Location
	// Event maps a row to an event.
	Event ReportEvent
}

// ReportEvent maps a row to an event: all but Kind are CEL over `row`, "" for
// what is not mapped.
type ReportEvent struct {
	Kind       string
	NativeID   string
	OccurredAt string
	Entity     string
	Title      string
	Severity   string
	Labels     map[string]string
	Measures   map[string]string
}

// Engine is the rule engine.
type Engine struct {
	// MaxLateness is how late an event may arrive and still be acted on.
	MaxLateness time.Duration
	// Reorder is how long events are held back by arrival to be judged in the
	// order of their own time, 0 for not at all.
	Reorder time.Duration
	// MaxKeysPerRule is for how many keys one rule keeps state at most.
	MaxKeysPerRule int
}

// Safety is what no rule may do, whatever it says. The zero value allows
// everything; a file that says nothing has the defaults.
type Safety struct {
	// MaxPausedAlerts is how many alerts of a source may be paused at once, 0
	// for the share below.
	MaxPausedAlerts int
	// MaxPausedPercent is the share of a source's alerts that may be paused at
	// once, 1 to 100; 0 with MaxPausedAlerts.
	MaxPausedPercent int
	// MaxActionsPerHour is how many actions are asked for in an hour at most,
	// for each source.
	MaxActionsPerHour int
	// Never names alerts that are never touched.
	Never Never
	// Stop stops every action but those that end a pause or a lease.
	Stop bool
}

// Never names alerts that are never touched.
type Never struct {
	// IDs, exactly.
	IDs []string
	// Titles as globs: `*` is any text, `?` any character.
	Titles []string
	// Severities: critical, high, medium, low, info.
	Severities []string
	// Labels, exactly.
	Labels []string
}

// Query is the query service.
type Query struct {
	// SQLitePath is the absolute path of the projection.
	SQLitePath string
	// Retention is how long records are kept.
	Retention time.Duration
}

// Log is how the process logs.
type Log struct {
	// Level is the lowest level that is logged.
	Level slog.Level
	// Format is `text` or `json`.
	Format string
}

// Notify is where the publish action publishes.
type Notify struct {
	// SubjectPrefix is the prefix of its subjects, without a dot at its end.
	SubjectPrefix string
}

// Leases is how leases are kept.
type Leases struct {
	// ReconcileEvery is the time between comparisons with the vendor's state.
	ReconcileEvery time.Duration
}
