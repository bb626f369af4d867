package rules

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/signalbox-io/signalbox/pkg/config"
	"github.com/signalbox-io/signalbox/services/cli/text"
	"github.com/signalbox-io/signalbox/services/router/rule"
	"github.com/signalbox-io/signalbox/services/router/suite"
)

// loadSuites reads every suite that the names stand for. The faults of all of
// them are printed before any is played.
func loadSuites(command *cobra.Command, names []string, o suite.Options) ([]*suite.Suite, error) {
	files, err := suiteFiles(names)
	if err != nil {
		return nil, err
	}
	var suites []*suite.Suite
	faults := 0
	for _, name := range files {
		s, err := loadSuite(command.InOrStdin(), name, o)
		if err != nil {
			list, _ := errors.AsType[rule.Errors](err)
			faults += max(1, len(list))
			_, _ = fmt.Fprintln(command.ErrOrStderr(), err)
		}
		suites = append(suites, s)
	}
	if faults > 0 {
		return nil, fmt.Errorf("the suites and their rules have %s", text.Count(faults, "fault"))
	}
	return suites, nil
}

// loadSuite reads one suite. That of standard input stands in the current folder.
func loadSuite(in io.Reader, name string, o suite.Options) (*suite.Suite, error) {
	var data []byte
	var err error
	if name == stdin {
		name = stdinName
		data, err = readAll(in, name)
	} else {
		data, err = readFile(name)
	}
	if err != nil {
		return nil, fmt.Errorf("read a suite: %w", err)
	}
	beside := func(path string) (rule.File, error) {
		if !filepath.IsAbs(path) {
			path = filepath.Join(filepath.Dir(name), path)
		}
		content, err := readFile(path)
		return rule.File{Name: path, Data: content}, err
	}
	return suite.Load(rule.File{Name: name, Data: data}, beside, o)
}

// suiteFiles returns the files that the names stand for, each once: a file is
// itself, a folder is every suite in it and below.
func suiteFiles(names []string) ([]string, error) {
	var files []string
	if err := readOnce(names); err != nil {
		return nil, err
	}
	for _, name := range names {
		if name == stdin {
			files = append(files, name)
			continue
		}
		info, err := os.Stat(name)
		if err != nil {
			return nil, fmt.Errorf("find suites: %w", err)
		}
		found := []string{name}
		if info.IsDir() {
			if found, err = suitesBelow(name); err != nil {
				return nil, err
			}
		}
		for _, file := range found {
			if !slices.Contains(files, file) {
				files = append(files, file)
			}
		}
	}
	return files, nil
}

func suitesBelow(folder string) ([]string, error) {
	var files []string
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && config.IsSuite(entry.Name()) {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("find suites: %w", err)
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("there is no suite in %s: its name ends in _test.yaml", folder)
	}
	return files, nil
}
