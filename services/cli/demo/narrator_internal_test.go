package demo

import (
	"log/slog"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

func TestNarrator_LinesFitIntoEightyColumns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var out strings.Builder
		n := newNarrator(&out, false, false, time.Now())
		n.say(voiceStory, "short")
		n.say(voiceDecision, "%s", strings.Repeat("übung ", 50))
		n.say(voiceLease, "%s", strings.Repeat("x", 120))
		n.say(voiceAction, "evil \x1b[2J\ntwo lines")
		lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
		require.Equal(t, []string{
			"   0.0s  story     short",
			"   0.0s  decision  übung übung übung übung übung übung übung übung übung übung",
			"                   übung übung übung übung übung übung übung übung übung übung",
			"                   übung übung übung übung übung übung übung ü…",
			"   0.0s  lease     " + strings.Repeat("x", 61),
			"                   " + strings.Repeat("x", 59),
			"   0.0s  action    evil [2J two lines",
		}, lines)
		for _, line := range lines {
			require.LessOrEqual(t, utf8.RuneCountInString(line), width)
		}
	})
}

func TestNarrator_ColoursOnlyWhereTheyAreWanted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for color, want := range map[bool]string{
			false: "   0.0s  action    done\n   0.0s  event     3 new\n",
			true:  "\x1b[32m   0.0s  action    done\x1b[0m\n   0.0s  event     3 new\n",
		} {
			var out strings.Builder
			n := newNarrator(&out, true, color, time.Now())
			n.say(voiceAction, "done")
			n.say(voiceEvent, "3 new")
			require.Equal(t, want, out.String())
		}
	})
}

func TestNarrator_ProgressIsOneLineThatIsOverwritten(t *testing.T) {
	t.Parallel()
	const wipe = "\r\x1b[K"
	synctest.Test(t, func(t *testing.T) {
		var out strings.Builder
		n := newNarrator(&out, true, false, time.Now())
		n.waiting("the lease")
		<-time.After(1500 * time.Millisecond)
		n.waiting("the lease %s", strings.Repeat("x", 100))
		n.say(voiceLease, "ENDED")
		n.say(voiceLease, "again")
		n.waiting("more")
		n.plain("summary")
		n.waiting("more")
		slog.New(slog.NewTextHandler(n, nil)).Error("logged")
		pieces := strings.Split(out.String(), wipe)
		require.Len(t, pieces, 5)
		require.Equal(t, "   0.0s  …         waiting: the lease", pieces[0])
		require.True(t, strings.HasPrefix(pieces[1], "   1.5s  …         waiting: the lease xxx"))
		require.Equal(t, width-1, utf8.RuneCountInString(pieces[1]), "a full line would scroll")
		require.Equal(t, "   1.5s  lease     ENDED\n   1.5s  lease     again\n   1.5s  …         waiting: more", pieces[2])
		require.Equal(t, "summary\n   1.5s  …         waiting: more", pieces[3])
		require.Contains(t, pieces[4], "logged")
	})
}

func TestNarrator_OffATerminalItSpeaksOnlyAfterAWhile(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var out strings.Builder
		n := newNarrator(&out, false, false, time.Now())
		for range 25 {
			n.waiting("the lease")
			<-time.After(time.Second)
		}
		require.Equal(t, "  10.0s  ...       waiting: the lease\n  20.0s  ...       waiting: the lease\n", out.String())
	})
}

func TestIsTerminal_NotForFilesAndBuffers(t *testing.T) {
	t.Parallel()
	require.False(t, isTerminal(&strings.Builder{}))
	file, err := os.CreateTemp(t.TempDir(), "out")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, file.Close()) })
	require.False(t, isTerminal(file))
}
