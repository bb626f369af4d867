package config

import (
	"log/slog"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/signalbox-io/signalbox/pkg/config/document"
	"github.com/signalbox-io/signalbox/pkg/duration"
	configv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/config/v1"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
)

// checker turns the message of a file into a Config and reports what is wrong
// at the setting that says it.
type checker struct {
	document *document.Document
	// dir is where relative paths start.
	dir string
	env func(string) (string, bool)
	// needed tells whose credentials are read.
	needed func(vendor eventv1.Vendor, remote bool) bool
	// receives tells that the secrets of webhooks are read.
	receives bool
	// pushes are the lines on which the secrets of webhooks stand.
	pushes map[Secret]int
	// mayLackSources tells that no vendor account is asked for.
	mayLackSources bool
	// warnings are doubts that keep nothing from starting.
	warnings []string
}

func (c *checker) config(m *configv1.Config) Config {
	dataDir := c.absolute(textOr(m.GetDataDir(), defaultDataDir))
	cfg := Config{
		DataDir: dataDir,
		NATS:    c.nats(m.GetNats()),
		GRPC:    c.listen("grpc", textOr(m.GetGrpc().GetListen(), defaultGRPCListen), m.GetGrpc().GetInsecure()),
		HTTP:    c.listen("http", textOr(m.GetHttp().GetListen(), defaultHTTPListen), m.GetHttp().GetInsecure()),
		Rules:   c.rules(listOr(m.GetRules(), defaultRules)),
		Engine:  c.engine(m.GetEngine()),
		Safety:  c.safety(m.GetSafety()),
		Query: Query{
			SQLitePath: c.below(dataDir, textOr(m.GetQuery().GetStore().GetSqlite().GetPath(), defaultSQLitePath)),
			Retention:  c.positive("query.retention", m.GetQuery().GetRetention(), defaultRetention),
		},
		Log:    c.log(m.GetLog()),
		Notify: c.notify(m.GetNotify()),
		Leases: c.leases(m.GetLeases()),

		Actions: c.actions(m.GetActions()),
	}
	cfg.RulePatterns = c.patterns(listOr(m.GetRules(), defaultRules))
	c.distinct(cfg)
	cfg.Sources = c.sources(m.GetSources(), cfg.GRPC.Address)
	cfg.Warnings = c.warnings
	return cfg
}

// distinct reports two listeners at one address.
func (c *checker) distinct(cfg Config) {
	if cfg.GRPC.Address == cfg.HTTP.Address && !strings.HasSuffix(cfg.GRPC.Address, ":0") {
		c.document.Report("http.listen", "%s is the address of grpc.listen too; give each its own port", cfg.HTTP.Address)
	}
	if cfg.NATS.Listen != "" && !strings.HasSuffix(cfg.NATS.Listen, ":0") &&
		(cfg.NATS.Listen == cfg.GRPC.Address || cfg.NATS.Listen == cfg.HTTP.Address) {
		c.document.Report("nats.embedded.listen", "%s is the address of another listener too; give each its own port", cfg.NATS.Listen)
	}
}

// absolute resolves a path of the file.
func (c *checker) absolute(path string) string { return c.below(c.dir, path) }

func (c *checker) below(dir, path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(dir, path)
}

// missing reports a setting that must be there. One that the file has, but
// that could not be read, has its problem already.
func (c *checker) missing(path, message string) {
	if !c.document.Has(path) {
		c.document.Report(path, "%s", message)
	}
}

// positive returns the duration at path, or fallback where the file says
// nothing.
func (c *checker) positive(path string, value *durationpb.Duration, fallback time.Duration) time.Duration {
	if value == nil {
		return fallback
	}
	if d := value.AsDuration(); d > 0 {
		return d
	}
	c.document.Report(path, "%s is not longer than nothing; the default is %s",
		duration.Format(value.AsDuration()), duration.Format(fallback))
	return fallback
}

// atLeast reports a duration below least, and why that is too short.
func (c *checker) atLeast(path string, value, least time.Duration, why string) {
	if value < least {
		c.document.Report(path, "%s is below %s, %s; raise it",
			duration.Format(value), duration.Format(least), why)
	}
}

// oneOf reports a text that is none of the words.
func (c *checker) oneOf(path, value string, words ...string) {
	if slices.Contains(words, value) {
		return
	}
	c.document.Report(path, "%q is none of %s", value, strings.Join(words, ", "))
}

func (c *checker) log(m *configv1.Log) Log {
	level := textOr(m.GetLevel(), defaultLogLevel)
	format := textOr(m.GetFormat(), defaultLogFormat)
	c.oneOf("log.level", level, "debug", "info", "warn", "error")
	c.oneOf("log.format", format, "text", "json")
	var parsed slog.Level
	// A word that is no level is reported above.
	_ = parsed.UnmarshalText([]byte(level))
	return Log{Level: parsed, Format: format}
}

var subjectPrefix = regexp.MustCompile(`^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$`)

// notify keeps notifications away from the subjects of the streams: a
// notification stored as an event would be judged as one.
func (c *checker) notify(m *configv1.Notify) Notify {
	const path = "notify.subject_prefix"
	prefix := textOr(m.GetSubjectPrefix(), defaultSubjectPrefix)
	if !subjectPrefix.MatchString(prefix) {
		c.document.Report(path, "%q is no subject; write letters, digits, - and _ between single dots", prefix)
	}
	for _, taken := range []string{"event", "decision", "action", "lease", "input", "dead"} {
		if own := "signalbox." + taken; prefix == own || strings.HasPrefix(prefix, own+".") {
			c.document.Report(path, "%s.> belongs to a stream of its own; the default is %s", own, defaultSubjectPrefix)
		}
	}
	if prefix == "signalbox" || strings.HasPrefix(prefix, "$") || strings.HasPrefix(prefix, "_INBOX") {
		c.document.Report(path, "%q is too wide; the default is %s", prefix, defaultSubjectPrefix)
	}
	return Notify{SubjectPrefix: prefix}
}

func (c *checker) leases(m *configv1.Leases) Leases {
	const path = "leases.reconcile_every"
	every := c.positive(path, m.GetReconcileEvery(), defaultReconcile)
	c.atLeast(path, every, shortestReconcile, "which would only ask the vendors without end")
	return Leases{ReconcileEvery: every}
}
