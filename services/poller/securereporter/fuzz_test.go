package securereporter_test

import (
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	securereporterv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/securereporter/v1"
	"github.com/signalbox-io/signalbox/services/poller/securereporter"
)

// FuzzConvert converts any row by two mappings: it is one event, the same each time,
// not of the future and without a number that is none, or one rejection.
func FuzzConvert(f *testing.F) {
	f.Add("shop", "2026-09-24 08:00:00", 100.0, 25.0)
	f.Add("", "noon", 0.0, math.NaN())
	f.Add("\x00", "2999-12-31 23:59:59.999999", math.Inf(1), -1.0)
	traffic, anomaly := botTraffic(), oddities()
	f.Fuzz(func(t *testing.T, name, at string, n, m float64) {
		name, at = strings.ToValidUTF8(name, "?"), strings.ToValidUTF8(at, "?")
		answer := &securereporterv1.CallReportResponse{Records: []*securereporterv1.Record{row(map[string]any{
			"site": name, "hour": at, "requests": n, "bots": m, "level": name,
			"id": name, "at": at, "name": name, "n": n, "z": m, "low": n, "high": m,
		})}}
		for _, mapping := range []*securereporter.Mapping{compile(t, traffic), compile(t, anomaly)} {
			batch := securereporter.Convert(account, mapping, answer, observed())
			again := securereporter.Convert(account, mapping, answer, observed())
			require.Equal(t, 1, len(batch.Events)+len(batch.Rejected))
			require.Equal(t, batch.Rejected, again.Rejected)
			for i, e := range batch.Events {
				require.Equal(t, e.GetId(), again.Events[i].GetId())
				require.False(t, e.GetOccurredAt().AsTime().After(e.GetObservedAt().AsTime()))
				for measure, value := range e.GetTraffic().GetMeasures() {
					require.False(t, math.IsNaN(value) || math.IsInf(value, 0), "%s is %v", measure, value)
				}
				_, err := proto.Marshal(e)
				require.NoError(t, err)
			}
		}
	})
}
