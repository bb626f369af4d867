package vendorhttp

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"time"
)

// longestHold is how long an account is kept quiet at most after a restart, so
// that a clock that was wrong once does not silence it for good.
const longestHold = time.Hour

// holdFile remembers until when a vendor asked for quiet, beside the journals
// of the budgets and as they do: a restart must not call earlier. The empty
// name remembers nothing.
type holdFile string

func newHoldFile(folder, source string) holdFile {
	if folder == "" {
		return ""
	}
	return holdFile(filepath.Join(folder, source+".hold"))
}

// read returns the end of the quiet that an earlier process was asked for, the
// zero time for none.
func (f holdFile) read(now time.Time) time.Time {
	content, err := os.ReadFile(string(f))
	if err != nil || len(content) != stampBytes {
		return time.Time{}
	}
	until := time.Unix(0, int64(binary.BigEndian.Uint64(content)))
	if until.After(now.Add(longestHold)) {
		return now.Add(longestHold)
	}
	return until
}

// write remembers the end. A file that cannot be written costs one call that is
// refused again after a restart.
func (f holdFile) write(until time.Time) {
	if f == "" {
		return
	}
	var stamp [stampBytes]byte
	binary.BigEndian.PutUint64(stamp[:], uint64(until.UnixNano()))
	_ = os.WriteFile(string(f), stamp[:], 0o600)
}
