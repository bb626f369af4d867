package rules

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/signalbox-io/signalbox/pkg/config"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	configcommand "github.com/signalbox-io/signalbox/services/cli/config"
	"github.com/signalbox-io/signalbox/services/router"
	"github.com/signalbox-io/signalbox/services/router/action"
	"github.com/signalbox-io/signalbox/services/router/rule"
)

// surroundingsOf returns what the configuration file says of sources, nothing
// without one. No credential is read: rules name none.
func surroundingsOf(file string, env func(string) (string, bool)) (rule.Surroundings, error) {
	if file == "" {
		return rule.Surroundings{}, nil
	}
	cfg, err := config.Load(file, env, configcommand.WithoutCredentials())
	if err != nil {
		return rule.Surroundings{}, fmt.Errorf("read the sources: %w", err)
	}
	sources := make(map[string]eventv1.Vendor, len(cfg.Sources))
	for _, source := range cfg.Sources {
		sources[source.Name] = source.Vendor
	}
	return rule.Surroundings{Sources: sources, Wait: router.Settings(cfg).Wait}, nil
}

// catalogOf returns the sources of the configuration file; without one they
// are not known.
func catalogOf(file string, env func(string) (string, bool)) (rule.Catalog, error) {
	around, err := surroundingsOf(file, env)
	return catalogWithin(around), err
}

// catalogWithin is what rules may act on where the configuration is known: then
// they are to decide, and what they ask for must be something that is done.
func catalogWithin(around rule.Surroundings) rule.Catalog {
	if around.Sources == nil {
		return rule.Catalog{}
	}
	return rule.Catalog{Sources: around.Sources, Unable: action.Unable}
}

// read reads the files, each once, and tells of every one that cannot be read. It
// passes over suites, which a pattern names together with the rules.
func read(names []string) ([]rule.File, error) {
	var files []rule.File
	var faults []error
	for i, name := range names {
		if slices.Contains(names[:i], name) || config.IsSuite(name) {
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
