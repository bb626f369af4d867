package anodot_test

import (
	"context"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	anodotv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anodot/v1"
)

func TestRequests_ThatCannotBeMeantAreRefusedBeforeTheCall(t *testing.T) {
	t.Parallel()
	type client = anodotv1.AnodotServiceClient
	hourly, twoYears := anodotv1.PollingInterval_POLLING_INTERVAL_HOURLY, anodotv1.HistoricalSpan_HISTORICAL_SPAN_Y2
	odd := anodotv1.Severity(99)
	tooWide := someStream()
	tooWide.PollingInterval = &hourly
	tooWide.HistoricalDateRange = &anodotv1.HistoricalDateRange{ConstRange: &twoYears}
	infinite := someSample()
	infinite.Value = math.Inf(1)
	timeless := someSample()
	timeless.Timestamp = nil
	for name, tc := range map[string]struct {
		field string
		call  someCall
	}{
		"alert without title":  {"configuration.title", unary(shown, client.CreateAlert, &anodotv1.CreateAlertRequest{Source: source})},
		"alert with owner":     {"fields.owner", unary(shown, client.CreateAlert, &anodotv1.CreateAlertRequest{Source: source, Fields: fields(map[string]any{"title": "x", "owner": "me"})})},
		"update with owner":    {"fields.owner", unary(shown, client.UpdateAlert, &anodotv1.UpdateAlertRequest{Source: source, AlertId: "a", Fields: fields(map[string]any{"owner": "me"})})},
		"update of nothing":    {"fields", unary(shown, client.UpdateAlert, &anodotv1.UpdateAlertRequest{Source: source, AlertId: "a"})},
		"update of nobody":     {"alert_id", unary(shown, client.UpdateAlert, &anodotv1.UpdateAlertRequest{Source: source, AlertId: ".."})},
		"delete of nobody":     {"alert_id", unary(silent, client.DeleteAlert, &anodotv1.DeleteAlertRequest{Source: source})},
		"severity of no word":  {"configuration", unary(shown, client.CreateAlert, &anodotv1.CreateAlertRequest{Source: source, Configuration: &anodotv1.AlertConfiguration{Severity: &odd}})},
		"verdict of no word":   {"type", unary(shown, client.CreateFeedback, &anodotv1.CreateFeedbackRequest{Source: source, Type: "MAYBE", TriggerIds: []string{"t"}})},
		"verdict on nothing":   {"trigger_ids", unary(shown, client.CreateFeedback, &anodotv1.CreateFeedbackRequest{Source: source, Type: "GOOD_CATCH"})},
		"no stream":            {"data_stream", unary(shown, client.CreateDataStream, &anodotv1.CreateDataStreamRequest{Source: source})},
		"schedule":             {"data_stream.historical_date_range", unary(shown, client.CreateDataStream, &anodotv1.CreateDataStreamRequest{Source: source, DataStream: tooWide})},
		"pause of no stream":   {"data_stream_id", unary(silent, client.PauseDataStream, &anodotv1.PauseDataStreamRequest{Source: source})},
		"read of no stream":    {"data_stream_id", unary(anObject, client.GetDataStream, &anodotv1.GetDataStreamRequest{Source: source, DataStreamId: "."})},
		"read of no source":    {"data_source_id", unary(anObject, client.GetDataSource, &anodotv1.GetDataSourceRequest{Source: source})},
		"count of two streams": {"data_stream_id", unary(anObject, client.CountDataStreamMetrics, &anodotv1.CountDataStreamMetricsRequest{Source: source, DataStreamId: "a", DataStreamName: "b"})},
		"no samples":           {"samples", unary(samples, client.SendMetrics, &anodotv1.SendMetricsRequest{Source: source})},
		"infinite sample":      {"samples", unary(samples, client.SendMetrics, &anodotv1.SendMetricsRequest{Source: source, Samples: []*anodotv1.Sample{infinite}})},
		"timeless sample":      {"samples", unary(samples, client.SendMetrics, &anodotv1.SendMetricsRequest{Source: source, Samples: []*anodotv1.Sample{timeless}})},
		"too many samples":     {"samples", unary(samples, client.SendMetrics, &anodotv1.SendMetricsRequest{Source: source, Samples: make([]*anodotv1.Sample, 10_001)})},
		"firings of all time":  {"start_time", streamed(client.ListTriggeredAlerts, &anodotv1.ListTriggeredAlertsRequest{Source: source})},
		"no window":            {"start_time", streamed(client.ListAnomalies, &anodotv1.ListAnomaliesRequest{Source: source})},
		"events of all time":   {"start_time", streamed(client.ListUserEvents, &anodotv1.ListUserEventsRequest{Source: source})},
		"new event with id":    {"event.id", unary(shown, client.CreateUserEvent, &anodotv1.CreateUserEventRequest{Source: source, Event: someEvent("a")})},
		"old event without":    {"event.id", unary(shown, client.UpdateUserEvent, &anodotv1.UpdateUserEventRequest{Source: source, Event: someEvent("")})},
		"event of nothing":     {"event", unary(shown, client.CreateUserEvent, &anodotv1.CreateUserEventRequest{Source: source})},
		"delete of no event":   {"event_id", unary(silent, client.DeleteUserEvent, &anodotv1.DeleteUserEventRequest{Source: source})},
		"read of no event":     {"event_id", unary(anObject, client.GetUserEvent, &anodotv1.GetUserEventRequest{Source: source, EventId: ".."})},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newWholeBench(t, nothing())
			b.ExpectInvalid(t, tc.call.make(t.Context(), b), tc.field)
		})
	}
}

func TestRequests_OfAnUnknownSourceAreRefused(t *testing.T) {
	t.Parallel()
	b := newWholeBench(t, nothing())
	_, err := clientOf(b).ListChannels(context.Background(), &anodotv1.ListChannelsRequest{Source: "elsewhere"})
	require.ErrorContains(t, err, `source "elsewhere" is no anodot account of this process`)
}
