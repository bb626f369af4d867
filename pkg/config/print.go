package config

import (
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"

	"google.golang.org/protobuf/types/known/durationpb"

	configv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/config/v1"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
)

// Print writes the effective configuration as YAML: every default written
// out, paths absolute, secrets as `[redacted]`.
func Print(w io.Writer, cfg Config) error {
	r := newRenderer(nil)
	r.message(message(cfg).ProtoReflect(), "")
	if _, err := io.WriteString(w, r.out.String()); err != nil {
		return fmt.Errorf("print the configuration: %w", err)
	}
	return nil
}

// message turns a Config back into the message of a file.
func message(cfg Config) *configv1.Config {
	m := &configv1.Config{
		DataDir: cfg.DataDir,
		Nats:    natsMessage(cfg.NATS),
		Grpc:    &configv1.Grpc{Listen: cfg.GRPC.Address, Insecure: !isLocal(cfg.GRPC.Address)},
		Http:    &configv1.Http{Listen: cfg.HTTP.Address, Insecure: !isLocal(cfg.HTTP.Address)},
		Rules:   cfg.Rules,
		Engine: &configv1.Engine{
			MaxLateness: durationpb.New(cfg.Engine.MaxLateness), Reorder: durationpb.New(cfg.Engine.Reorder),
			MaxKeysPerRule: int32(cfg.Engine.MaxKeysPerRule),
		},
		Safety: cfg.Safety.message(),
		Query: &configv1.Query{
			Store:     &configv1.Store{Sqlite: &configv1.Sqlite{Path: cfg.Query.SQLitePath}},
			Retention: durationpb.New(cfg.Query.Retention),
		},
		Log:    &configv1.Log{Level: strings.ToLower(cfg.Log.Level.String()), Format: cfg.Log.Format},
		Notify: &configv1.Notify{SubjectPrefix: cfg.Notify.SubjectPrefix},
		Leases: &configv1.Leases{ReconcileEvery: durationpb.New(cfg.Leases.ReconcileEvery)},

		Actions: cfg.Actions.message(),
	}
	for _, source := range cfg.Sources {
		m.Sources = append(m.Sources, sourceMessage(source))
	}
	return m
}

func natsMessage(cfg NATS) *configv1.Nats {
	m := &configv1.Nats{
		Url: cfg.URL, CredentialsFile: cfg.CredentialsFile,
		Replicas: int32(cfg.Replicas), Encoding: cfg.Encoding,
		Streams: cfg.streamsMessage(),
	}
	if cfg.URL == "" {
		m.Embedded = &configv1.EmbeddedNats{Listen: cfg.Listen, Insecure: !isLocal(cfg.Listen), Sync: cfg.syncText()}
	}
	return m
}

func sourceMessage(s Source) *configv1.Source {
	m := &configv1.Source{
		Name:   s.Name,
		Labels: s.Labels,
		Poll: &configv1.Poll{
			Every: durationpb.New(s.Poll.Every), Slowest: durationpb.New(s.Poll.Slowest),
			LookBack: durationpb.New(s.Poll.LookBack), Overlap: durationpb.New(s.Poll.Overlap),
		},
		HttpClient: &configv1.HttpClient{Timeout: durationpb.New(s.Timeout)},
	}
	if s.RemoteAdapter {
		m.Adapter = s.Adapter
	}
	setVendor(m, s)
	return m
}

func setVendor(m *configv1.Source, s Source) {
	insecure := isInsecureURL(s.BaseURL)
	secret := &configv1.Secret{From: &configv1.Secret_Value{Value: redacted}}
	switch s.Vendor {
	case eventv1.Vendor_VENDOR_ANODOT:
		anodot := &configv1.Anodot{BaseUrl: s.BaseURL, RefreshToken: secret, Insecure: insecure}
		if !s.Anodot.WebhookSecret.IsEmpty() {
			anodot.Webhook = &configv1.AnodotWebhook{PathSecret: secret}
		}
		m.Vendor = &configv1.Source_Anodot{Anodot: anodot}
	case eventv1.Vendor_VENDOR_ANOMIFY:
		m.Vendor = &configv1.Source_Anomify{Anomify: &configv1.Anomify{BaseUrl: s.BaseURL, Token: secret, Insecure: insecure}}
	case eventv1.Vendor_VENDOR_ANURA:
		m.Vendor = &configv1.Source_Anura{Anura: &configv1.Anura{
			BaseUrl: s.BaseURL, Token: secret, Instances: s.Instances, Campaigns: s.Campaigns, Insecure: insecure,
			Reports: s.AnuraReports,
		}}
	case eventv1.Vendor_VENDOR_SECURE_REPORTER:
		m.Vendor = &configv1.Source_SecureReporter{SecureReporter: &configv1.SecureReporter{
			BaseUrl: s.BaseURL, Token: secret, Reports: reportMessages(s.Reports), Insecure: insecure,
		}}
	case eventv1.Vendor_VENDOR_ANALYTICS:
		m.Vendor = &configv1.Source_Analytics{Analytics: &configv1.Analytics{
			BaseUrl: s.BaseURL, ApiKey: secret, Sites: s.Sites, Insecure: insecure,
		}}
	default:
	}
}

func reportMessages(reports []Report) []*configv1.Report {
	messages := make([]*configv1.Report, 0, len(reports))
	for _, r := range reports {
		messages = append(messages, &configv1.Report{
			Report: r.Name, Parameters: r.Parameters, TimeZone: r.Location.String(),
			Event: &configv1.ReportEvent{
				Kind: r.Event.Kind, NativeId: r.Event.NativeID, OccurredAt: r.Event.OccurredAt,
				Entity: r.Event.Entity, Title: r.Event.Title, Severity: r.Event.Severity,
				Labels: r.Event.Labels, Measures: r.Event.Measures,
			},
		})
	}
	return messages
}

func isLocal(address string) bool {
	host, _, err := net.SplitHostPort(address)
	return err == nil && isLoopback(host)
}

func isInsecureURL(text string) bool {
	u, err := url.Parse(text)
	return err == nil && u.Scheme == "http" && !isLoopback(u.Hostname())
}
