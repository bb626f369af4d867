package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// IsSuite reports whether a file's name is that of a suite: a test of rules,
// which may stand beside the rules.
func IsSuite(name string) bool {
	return strings.HasSuffix(name, "_test.yaml") || strings.HasSuffix(name, "_test.yml")
}

// RuleFiles returns the files that the absolute paths and globs name now,
// sorted and each once. A file that is named must be there; a glob may match
// nothing, for a folder may be filled later, and passes over suites.
func RuleFiles(patterns []string) ([]string, error) {
	var files []string
	var faults []error
	for _, pattern := range patterns {
		matches, err := matching(pattern)
		if err != nil {
			faults = append(faults, err)
		}
		files = append(files, matches...)
	}
	slices.Sort(files)
	return slices.Compact(files), errors.Join(faults...)
}

func matching(pattern string) ([]string, error) {
	if isGlob(pattern) {
		matches, err := filepath.Glob(pattern)
		if err != nil {
			return nil, fmt.Errorf("%q is no pattern of paths; check its brackets", pattern)
		}
		return slices.DeleteFunc(matches, IsSuite), nil
	}
	if info, err := os.Stat(pattern); err != nil || info.IsDir() {
		return nil, fmt.Errorf("there is no rules file %s", pattern)
	}
	return []string{pattern}, nil
}

func isGlob(pattern string) bool { return strings.ContainsAny(pattern, `*?[`) }

// rules returns the rules files that the patterns of the file name.
func (c *checker) rules(patterns []string) []string {
	var files []string
	for i, pattern := range patterns {
		path := fmt.Sprintf("rules[%d]", i)
		if pattern == "" {
			c.document.Report(path, "the path is empty; remove it")
			continue
		}
		matches, err := matching(c.absolute(pattern))
		if err != nil {
			c.document.Report(path, "%s", err)
		} else if len(matches) == 0 {
			c.warnings = append(c.warnings, "no rules file matches "+c.absolute(pattern)+"; without rules nothing is decided")
		}
		files = append(files, matches...)
	}
	slices.Sort(files)
	return slices.Compact(files)
}

// patterns returns where rules files are looked for.
func (c *checker) patterns(patterns []string) []string {
	absolute := make([]string, len(patterns))
	for i, pattern := range patterns {
		absolute[i] = c.absolute(pattern)
	}
	return absolute
}
