package config

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/signalbox-io/signalbox/pkg/config/document"
	configv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/config/v1"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
)

// DefaultFile is the configuration file that commands read when none is named.
const DefaultFile = "signalbox.yaml"

// Errors are all problems of a configuration file, in the order of its lines.
// As an error it prints each as `file:line:column: path: what is wrong; what
// to do` with the line and a caret below.
type Errors = document.Problems //nolint:errname // all errors of one file

// Environment looks a variable up in the environment of the process; Load and
// Parse take it, or whatever else stands for it.
func Environment(name string) (string, bool) { return os.LookupEnv(name) }

// Option changes what Load and Parse ask of a file.
type Option func(*checker)

// WithCredentials reads only the credentials of accounts for which needed
// answers true; others stay empty and need not be there. remote says that the
// source names an adapter in another process. Without this option every
// credential is read: whoever runs no adapter of an account has no use for its
// credential and should not be given it. The secrets of webhooks are left out
// too; see [WithWebhooks].
func WithCredentials(needed func(vendor eventv1.Vendor, remote bool) bool) Option {
	return func(c *checker) { c.needed, c.receives = needed, false }
}

// WithWebhooks reads the secrets of webhooks although it stands behind
// WithCredentials: for a process that takes what vendors push.
func WithWebhooks() Option { return func(c *checker) { c.receives = true } }

// WithoutSources lets a file have no vendor account: for commands that read its
// other settings and run nothing.
func WithoutSources() Option {
	return func(c *checker) { c.mayLackSources = true }
}

// Load reads the configuration file at path. A file that can be read but
// holds problems gives Errors. Relative paths in it start from its folder.
func Load(path string, env func(string) (string, bool), options ...Option) (Config, error) {
	data, err := os.ReadFile(filepath.Clean(path))
	if err != nil {
		return Config{}, fmt.Errorf("read the configuration: %w; name the file with --config", err)
	}
	return Parse(path, data, filepath.Dir(path), env, options...)
}

// Parse reads a configuration from data. name is what problems call the file,
// dir the folder from which relative paths start. Problems give Errors and no
// configuration.
func Parse(name string, data []byte, dir string, env func(string) (string, bool), options ...Option) (Config, error) {
	absolute, err := filepath.Abs(dir)
	if err != nil {
		return Config{}, fmt.Errorf("resolve the folder of %s: %w", name, err)
	}
	var message configv1.Config
	doc := document.Read(name, data)
	doc.Decode(&message, (&configv1.Secret{}).ProtoReflect().Descriptor().FullName())
	if doc.Unreadable() {
		return Config{}, doc.Problems()
	}
	checker := &checker{document: doc, dir: absolute, env: env, needed: func(eventv1.Vendor, bool) bool { return true }, receives: true}
	for _, option := range options {
		option(checker)
	}
	cfg := checker.config(&message)
	if problems := doc.Problems(); len(problems) > 0 {
		return Config{}, problems
	}
	return cfg, nil
}
