package config

import (
	"fmt"
	"io"
	"time"

	configv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/config/v1"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	configproto "github.com/signalbox-io/signalbox/proto/signalbox/config/v1"
)

const referenceHead = `# Every setting of Signalbox with its default, written by
# "signalbox config reference". Settings that have no default, and those that
# exclude another one, show an example; what is commented out is not set.
# Durations: 250ms, 30s, 5m, 1h30m, 90d. Only sources must be written.

`

// Reference writes the commented reference of the configuration: a file that
// is valid itself and says what it would do without saying it.
func Reference(w io.Writer) error {
	r := newRenderer(comments(configproto.Source))
	r.message(referenceMessage().ProtoReflect(), "")
	if _, err := io.WriteString(w, referenceHead+r.out.String()); err != nil {
		return fmt.Errorf("write the reference of the configuration: %w", err)
	}
	return nil
}

// referenceMessage has every default, and an account of each vendor.
func referenceMessage() *configv1.Config {
	m := message(Config{
		DataDir: defaultDataDir,
		NATS:    NATS{Listen: defaultNATSListen, Replicas: defaultReplicas, Encoding: defaultEncoding, Sync: time.Second},
		GRPC:    Listen{Address: defaultGRPCListen},
		HTTP:    Listen{Address: defaultHTTPListen},
		Rules:   []string{defaultRules},
		Engine:  Engine{MaxLateness: defaultLateness, MaxKeysPerRule: defaultMaxKeys},
		Safety:  Safety{MaxPausedPercent: defaultPausedPercent, MaxActionsPerHour: defaultActionsHour},
		Query:   Query{SQLitePath: defaultSQLitePath, Retention: defaultRetention},
		Log:     Log{Format: defaultLogFormat},
		Notify:  Notify{SubjectPrefix: defaultSubjectPrefix},
		Leases:  Leases{ReconcileEvery: defaultReconcile},
		Actions: defaultActions(),
	})
	m.Nats.Streams = &configv1.Streams{
		Events: &configv1.StreamLimits{}, Decisions: &configv1.StreamLimits{}, Actions: &configv1.StreamLimits{}, Dead: &configv1.StreamLimits{},
	}
	m.Sources = []*configv1.Source{
		referenceAnodot(), referenceAnomify(), referenceAnura(), referenceSecureReporter(), referenceAnalytics(),
	}
	return m
}

// referenceSource is a source that says only what its vendor wants.
func referenceSource(name string, vendor eventv1.Vendor, baseURL string) *configv1.Source {
	m := sourceMessage(Source{
		Name: name, Vendor: vendor, BaseURL: baseURL,
		Poll: Poll{
			Every: defaultPollEvery, Slowest: defaultSlowest(defaultPollEvery),
			LookBack: defaultLookBack, Overlap: defaultOverlap(defaultPollEvery),
		},
		Timeout: timeoutOf(vendor),
	})
	return m
}

func environmentSecret(name string) *configv1.Secret {
	return &configv1.Secret{From: &configv1.Secret_Env{Env: name}}
}

func referenceAnodot() *configv1.Source {
	m := referenceSource("anodot-prod", eventv1.Vendor_VENDOR_ANODOT, "https://app.anodot.com")
	m.GetAnodot().RefreshToken = environmentSecret("ANODOT_REFRESH_TOKEN")
	return m
}

func referenceAnomify() *configv1.Source {
	m := referenceSource("anomify-prod", eventv1.Vendor_VENDOR_ANOMIFY, "https://api.anomify.ai")
	m.GetAnomify().Token = environmentSecret("ANOMIFY_TOKEN")
	m.Labels = map[string]string{"site": `anomaly.metric.split(".")[0]`, "campaign": `anomaly.metric.split(".")[1]`}
	return m
}

func referenceAnura() *configv1.Source {
	m := referenceSource("anura-main", eventv1.Vendor_VENDOR_ANURA, "https://api.anura.io/v1")
	m.GetAnura().Token = &configv1.Secret{From: &configv1.Secret_Env{Env: "ANURA_TOKEN"}}
	m.GetAnura().Instances = []string{everything}
	m.GetAnura().Reports = []string{AnuraOverview}
	return m
}

func referenceSecureReporter() *configv1.Source {
	m := referenceSource("reports", eventv1.Vendor_VENDOR_SECURE_REPORTER, "https://secure-reporter.example.com")
	m.GetSecureReporter().Token = environmentSecret("SECURE_REPORTER_TOKEN")
	m.GetSecureReporter().Reports = []*configv1.Report{{
		Report:     "bot-traffic",
		Parameters: map[string]string{"_days": "1"},
		TimeZone:   defaultTimeZone,
		Event: &configv1.ReportEvent{
			Kind:       "traffic",
			NativeId:   `row.site + "/" + row.hour`,
			OccurredAt: "row.hour",
			Labels:     map[string]string{"site": "row.site"},
			Measures: map[string]string{
				"requests": "row.requests", "invalid": "row.bots", "invalid_ratio": "row.bots / row.requests",
			},
		},
	}}
	return m
}

func referenceAnalytics() *configv1.Source {
	m := referenceSource("website", eventv1.Vendor_VENDOR_ANALYTICS, "https://analytics.example.com/api/v2")
	m.GetAnalytics().ApiKey = environmentSecret("ANALYTICS_KEY")
	m.GetAnalytics().Sites = []string{everything}
	return m
}
