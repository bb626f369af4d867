package router

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/signalbox-io/signalbox/pkg/config"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	"github.com/signalbox-io/signalbox/services/router/rule"
)

// LoadRules reads and compiles the rules files of the configuration against
// its sources. Files that cannot be read are an error that names each; what is
// wrong in them is a [rule.Errors]. It starts nothing, so that a set with a
// fault stops a process before it listens anywhere.
func LoadRules(cfg config.Config) (*rule.Set, error) {
	var files []rule.File
	var faults []error
	for _, path := range cfg.Rules {
		data, err := readRules(path)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		files = append(files, rule.File{Name: path, Data: data})
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	return rule.Load(files, rule.Catalog{Sources: vendors(cfg.Sources)})
}

func readRules(path string) ([]byte, error) {
	file, err := os.Open(filepath.Clean(path))
	if err != nil {
		return nil, fmt.Errorf("open rules file: %w; check `rules` in the configuration", err)
	}
	defer func() { _ = file.Close() }()
	data, err := io.ReadAll(io.LimitReader(file, rule.MaxFileBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read rules file %s: %w", path, err)
	}
	if len(data) > rule.MaxFileBytes {
		return nil, fmt.Errorf("read rules file %s: it is longer than %d MiB; split it", path, rule.MaxFileBytes>>20)
	}
	return data, nil
}

func vendors(sources []config.Source) map[string]eventv1.Vendor {
	byName := make(map[string]eventv1.Vendor, len(sources))
	for _, source := range sources {
		byName[source.Name] = source.Vendor
	}
	return byName
}
