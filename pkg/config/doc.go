// Package config reads the one configuration file: YAML in the shape of
// signalbox.config.v1.Config. It applies the defaults, resolves secrets and
// paths, checks everything and reports every problem at once with its place
// in the file; it prints the effective configuration with secrets redacted,
// and the commented reference. It is the only package that reads the
// environment. It opens no connection and starts nothing.
package config
