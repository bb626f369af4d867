package router

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// instanceOf returns what names this instance over restarts, "" without a file. The
// file is made when it is missing; one that is cut off is made anew.
func instanceOf(path string) (string, error) {
	if path == "" {
		return "", nil
	}
	text, err := os.ReadFile(filepath.Clean(path))
	if name := strings.TrimSpace(string(text)); err == nil && len(name) == len(rand.Text()) {
		return name, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("read who this instance is: %w", err)
	}
	name := rand.Text()
	if err := os.WriteFile(path, []byte(name+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("keep who this instance is: %w; set data_dir to a folder that this user may write", err)
	}
	return name, nil
}
