package busserver

import (
	"context"
	"fmt"
	"log/slog"
)

// natsLogger hands the server's log to slog: its notices are of interest only
// when something is being looked for.
type natsLogger struct{ logger *slog.Logger }

func (l natsLogger) Noticef(format string, v ...any) { l.log(slog.LevelDebug, format, v) }
func (l natsLogger) Debugf(format string, v ...any)  { l.log(slog.LevelDebug, format, v) }
func (l natsLogger) Tracef(format string, v ...any)  { l.log(slog.LevelDebug, format, v) }
func (l natsLogger) Warnf(format string, v ...any)   { l.log(slog.LevelWarn, format, v) }
func (l natsLogger) Errorf(format string, v ...any)  { l.log(slog.LevelError, format, v) }
func (l natsLogger) Fatalf(format string, v ...any)  { l.log(slog.LevelError, format, v) }

func (l natsLogger) log(level slog.Level, format string, v []any) {
	l.logger.Log(context.Background(), level, "nats server", slog.String("message", fmt.Sprintf(format, v...)))
}
