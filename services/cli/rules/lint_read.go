package rules

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"syscall"

	"github.com/signalbox-io/signalbox/pkg/config"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	configcommand "github.com/signalbox-io/signalbox/services/cli/config"
	"github.com/signalbox-io/signalbox/services/cli/exit"
	"github.com/signalbox-io/signalbox/services/router"
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
	return rule.Catalog{Sources: around.Sources}, err
}

// stdin is the name that stands for standard input.
const stdin = "-"

// stdinName is what faults call it.
const stdinName = "<stdin>"

// readOnce refuses standard input that is named twice: it is read once.
func readOnce(lists ...[]string) error {
	times := 0
	for _, name := range slices.Concat(lists...) {
		if name == stdin {
			times++
		}
	}
	if times > 1 {
		return exit.Usage(fmt.Errorf("- stands for standard input, which is read once, and is named %d times", times))
	}
	return nil
}

// read reads the files, each once, and tells of every one that cannot be read. It
// passes over suites, which a pattern names together with the rules; where it names
// nothing else, they are no rules.
func read(in io.Reader, names []string) ([]rule.File, error) {
	var files []rule.File
	var faults []error
	for i, name := range names {
		if slices.Contains(names[:i], name) || config.IsSuite(name) {
			continue
		}
		file, err := readRules(in, name)
		if err != nil {
			faults = append(faults, fmt.Errorf("read rules: %w", err))
		}
		files = append(files, file)
	}
	if len(files) == 0 && len(names) > 0 {
		faults = append(faults, notRules(names[0]))
	}
	return files, errors.Join(faults...)
}

// testsKey is what a suite has and rules files do not.
var testsKey = regexp.MustCompile(`(?m)^tests:`)

func readRules(in io.Reader, name string) (rule.File, error) {
	var data []byte
	var err error
	if name == stdin {
		name = stdinName
		data, err = readAll(in, name)
	} else {
		data, err = readFile(name)
	}
	switch {
	case errors.Is(err, syscall.EISDIR):
		err = fmt.Errorf("%w; name its files, such as %s", err, filepath.Join(name, "*.yaml"))
	case err == nil && testsKey.Match(data):
		err = notRules(name)
	}
	return rule.File{Name: name, Data: data}, err
}

// notRules says what to do with a suite.
func notRules(name string) error {
	return fmt.Errorf("%s is a suite and holds no rules: play it with signalbox rules test, and give the rules files here", name)
}

func readFile(name string) (data []byte, err error) {
	file, err := os.Open(filepath.Clean(name))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	return readAll(file, name)
}

func readAll(in io.Reader, name string) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(in, rule.MaxFileBytes+1))
	if err == nil && len(data) > rule.MaxFileBytes {
		err = fmt.Errorf("%s is longer than %d MiB; split it", name, rule.MaxFileBytes>>20)
	}
	return data, err
}
