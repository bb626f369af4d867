package router

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"unicode/utf8"

	"github.com/signalbox-io/signalbox/pkg/config"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	routerv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/router/v1"
	"github.com/signalbox-io/signalbox/services/router/rule"
)

// Rules are a compiled set and the files that it was read from. They do not
// change and are safe for concurrent use.
type Rules struct {
	*rule.Set

	files []rule.File

	outlined sync.Once
	outline  []*routerv1.RuleSummary
}

// LoadRules reads and compiles the rules files of the configuration against
// its sources. Files that cannot be read are an error that names each; what is
// wrong in them is a [rule.Errors]. It starts nothing, so that a set with a
// fault stops a process before it listens anywhere.
func LoadRules(cfg config.Config) (*Rules, error) {
	files, err := readFiles(cfg)
	if err != nil {
		return nil, err
	}
	return compile(files, catalogOf(cfg.Sources))
}

func compile(files []rule.File, catalog rule.Catalog) (*Rules, error) {
	set, err := rule.Load(files, catalog)
	if err != nil {
		return nil, err
	}
	return &Rules{Set: set, files: files}, nil
}

// readFiles reads the rules files that the configuration names now: what its
// globs match may have changed since it was read.
func readFiles(cfg config.Config) ([]rule.File, error) {
	paths := cfg.Rules
	if len(cfg.RulePatterns) > 0 {
		var err error
		if paths, err = config.RuleFiles(cfg.RulePatterns); err != nil {
			return nil, fmt.Errorf("find the rules files: %w; check `rules` in the configuration", err)
		}
	}
	var files []rule.File
	var faults []error
	for _, path := range paths {
		data, err := readRules(path)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		files = append(files, rule.File{Name: path, Data: data})
	}
	return files, errors.Join(faults...)
}

func readRules(path string) ([]byte, error) {
	if !utf8.ValidString(path) {
		return nil, fmt.Errorf("the name of rules file %q is no UTF-8 text; rename it", path)
	}
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

// digest stands for the names and bytes of files, or for why they could not be
// read.
type digest [sha256.Size]byte

func digestOf(files []rule.File, fault error) digest {
	sum := sha256.New()
	put := func(data []byte) {
		sum.Write(binary.BigEndian.AppendUint64(nil, uint64(len(data))))
		sum.Write(data)
	}
	for _, file := range files {
		put([]byte(file.Name))
		put(file.Data)
	}
	if fault != nil {
		put([]byte(fault.Error()))
	}
	return digest(sum.Sum(nil))
}

// catalogOf is what rules that decide may act on.
func catalogOf(sources []config.Source) rule.Catalog {
	return rule.Catalog{Sources: vendors(sources)}
}

func vendors(sources []config.Source) map[string]eventv1.Vendor {
	byName := make(map[string]eventv1.Vendor, len(sources))
	for _, source := range sources {
		byName[source.Name] = source.Vendor
	}
	return byName
}
