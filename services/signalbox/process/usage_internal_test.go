package process

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestParseCPU_CountsFieldsBehindTheName(t *testing.T) {
	t.Parallel()
	stat := []byte("42 (a ) 9 b) S 1 42 42 0 -1 4194304 100 0 0 0 150 50 0 0 20 0 1 0 5 6 7")
	cpu, err := parseCPU(stat)
	require.NoError(t, err)
	require.Equal(t, 2*time.Second, cpu)
}

func TestParseCPU_RefusesLess(t *testing.T) {
	t.Parallel()
	for _, stat := range []string{"", "42 (a) S", "42 (a) S 1 42 42 0 -1 4194304 100 0 0 0 x 50 0 0"} {
		_, err := parseCPU([]byte(stat))
		require.Error(t, err, stat)
	}
}

func TestParseRSS(t *testing.T) {
	t.Parallel()
	rss, err := parseRSS("Name:\ta\nVmPeak:\t 9 kB\nVmRSS:\t    1024 kB\nThreads:\t1\n")
	require.NoError(t, err)
	require.Equal(t, int64(1<<20), rss)
	_, err = parseRSS("Name:\ta\n")
	require.Error(t, err)
}
