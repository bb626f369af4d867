// Package when reads times as they are typed on the command line.
package when

import (
	"fmt"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/signalbox-io/signalbox/pkg/duration"
	"github.com/signalbox-io/signalbox/services/cli/exit"
)

// Parse reads the value of a flag: RFC 3339, how long ago (`7d ago`) or `now`;
// "" is no time, and nil.
func Parse(flag, value string, now time.Time) (*timestamppb.Timestamp, error) {
	value = strings.TrimSpace(value)
	if value == "" {
		return nil, nil //nolint:nilnil // no time is asked for
	}
	if value == "now" {
		return timestamppb.New(now), nil
	}
	if length, ok := strings.CutSuffix(value, " ago"); ok {
		if d, err := duration.Parse(strings.TrimSpace(length)); err == nil && d >= 0 {
			return timestamppb.New(now.Add(-d)), nil
		}
	}
	if t, err := time.Parse(time.RFC3339Nano, value); err == nil {
		return timestamppb.New(t), nil
	}
	return nil, exit.Usage(fmt.Errorf("%s %q is no time; write one such as 2026-01-02T03:04:05Z, '7d ago' or now", flag, value))
}
