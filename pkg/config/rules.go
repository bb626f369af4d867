package config

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// rules returns the rules files that the patterns name. A file that is named
// must be there; a glob that matches nothing is a warning, because a folder of
// rules may be filled later.
func (c *checker) rules(patterns []string) []string {
	var files []string
	for i, pattern := range patterns {
		path := fmt.Sprintf("rules[%d]", i)
		absolute := c.absolute(pattern)
		if pattern == "" {
			c.document.Report(path, "the path is empty; remove it")
			continue
		}
		if !strings.ContainsAny(pattern, `*?[`) {
			c.ruleFile(path, absolute)
			files = append(files, absolute)
			continue
		}
		matches, err := filepath.Glob(absolute)
		if err != nil {
			c.document.Report(path, "%q is no pattern of paths; check its brackets", pattern)
		}
		if len(matches) == 0 {
			c.warnings = append(c.warnings, "no rules file matches "+absolute+"; without rules nothing is decided")
		}
		files = append(files, matches...)
	}
	slices.Sort(files)
	return slices.Compact(files)
}

func (c *checker) ruleFile(path, file string) {
	if info, err := os.Stat(file); err != nil || info.IsDir() {
		c.document.Report(path, "there is no rules file %s", file)
	}
}
