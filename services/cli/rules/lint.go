package rules

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/signalbox-io/signalbox/pkg/config"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	configcommand "github.com/signalbox-io/signalbox/services/cli/config"
	"github.com/signalbox-io/signalbox/services/cli/text"
	"github.com/signalbox-io/signalbox/services/router/rule"
)

// lint checks files as one set.
func lint(command *cobra.Command, names []string, configFile string, env func(string) (string, bool)) error {
	catalog, err := catalogOf(configFile, env)
	if err != nil {
		return err
	}
	files, err := read(names)
	if err != nil {
		return err
	}
	set, err := rule.Load(files, catalog)
	if err != nil {
		return configcommand.Faults(command, err)
	}
	if len(set.Rules()) == 0 {
		_, _ = fmt.Fprintln(command.ErrOrStderr(), "warning: the files hold no rule: nothing would be decided")
	}
	_, err = fmt.Fprintf(command.OutOrStdout(), "ok: %s\n", text.Count(len(set.Rules()), "rule"))
	return err
}

// catalogOf returns the sources of the configuration file; without one they
// are not known. No credential is read: rules name none.
func catalogOf(file string, env func(string) (string, bool)) (rule.Catalog, error) {
	if file == "" {
		return rule.Catalog{}, nil
	}
	cfg, err := config.Load(file, env, configcommand.WithoutCredentials())
	if err != nil {
		return rule.Catalog{}, fmt.Errorf("read the sources: %w", err)
	}
	sources := make(map[string]eventv1.Vendor, len(cfg.Sources))
	for _, source := range cfg.Sources {
		sources[source.Name] = source.Vendor
	}
	return rule.Catalog{Sources: sources}, nil
}

// read reads the files, each once, and tells of every one that cannot be read.
func read(names []string) ([]rule.File, error) {
	var files []rule.File
	var faults []error
	for i, name := range names {
		if slices.Contains(names[:i], name) {
			continue
		}
		data, err := readFile(name)
		if err != nil {
			faults = append(faults, fmt.Errorf("read rules: %w", err))
		}
		files = append(files, rule.File{Name: name, Data: data})
	}
	return files, errors.Join(faults...)
}

func readFile(name string) (data []byte, err error) {
	file, err := os.Open(filepath.Clean(name))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	data, err = io.ReadAll(io.LimitReader(file, rule.MaxFileBytes+1))
	if err == nil && len(data) > rule.MaxFileBytes {
		err = fmt.Errorf("%s is longer than %d MiB; split it", name, rule.MaxFileBytes>>20)
	}
	return data, err
}
