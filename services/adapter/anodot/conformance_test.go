package anodot_test

import (
	"encoding/json"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/config"
	"github.com/signalbox-io/signalbox/pkg/rpc"
	anodotv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anodot/v1"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	"github.com/signalbox-io/signalbox/services/adapter/adaptertest"
	"github.com/signalbox-io/signalbox/services/adapter/anodot"
	"github.com/signalbox-io/signalbox/services/simulator"
	simulated "github.com/signalbox-io/signalbox/services/simulator/anodot"
	"github.com/signalbox-io/signalbox/services/simulator/fault"
)

// newConformanceBench is an account that has everything, played by the
// simulator.
func newConformanceBench(t *testing.T, options simulator.Options) (*simulator.Server, *adaptertest.Bench) {
	t.Helper()
	vendor := simulator.New(options)
	return vendor, adaptertest.New(t, adaptertest.Options{
		Vendor: eventv1.Vendor_VENDOR_ANODOT, Credential: simulator.DefaultAnodotRefreshToken, BasePath: "/anodot",
		Configure: func(s *config.Source) {
			everything(s)
			s.Anodot.DataCollectionKey = config.NewSecret(simulator.DefaultAnodotDataCollectionKey)
			if options.AnodotTriggeredGroups {
				s.Anodot.TriggeredAlerts = config.TriggeredGroups
			}
		},
	}, anodot.New, vendor.Handler())
}

func TestConformance_AnAlertsWholeLife(t *testing.T) {
	t.Parallel()
	vendor, b := newConformanceBench(t, simulator.Options{})
	client := clientOf(b)
	configuration := &anodotv1.AlertConfiguration{}
	require.NoError(t, readSample("create_alert", configuration))
	made, err := client.CreateAlert(t.Context(), &anodotv1.CreateAlertRequest{
		Source: source, Configuration: configuration, Fields: fields(map[string]any{"title": "Drop [sb-1]", "updatePolicy": map[string]any{"time": 300}}),
	})
	require.NoError(t, err)
	id := made.GetAlert().GetId()
	require.NotEmpty(t, id)
	require.NotEmpty(t, made.GetAlert().GetOwner())
	require.Len(t, made.GetAlert().GetConfiguration().GetConditions(), 8)
	require.True(t, made.GetAlert().GetValidation().GetIsValid())
	require.NotNil(t, made.GetAlert().GetMeta().GetCreatedTime())
	require.Equal(t, "Drop [sb-1]", made.GetAlert().GetTitle())

	listed, err := client.ListAlerts(t.Context(), &anodotv1.ListAlertsRequest{Source: source, Full: true})
	require.NoError(t, err)
	require.Equal(t, "Drop [sb-1]", listed.GetAlerts()[0].GetConfiguration().GetTitle())
	require.NotNil(t, listed.GetAlerts()[0].GetConfiguration().GetExtra().GetFields()["updatePolicy"])

	changed, err := client.UpdateAlert(t.Context(), &anodotv1.UpdateAlertRequest{
		Source: source, AlertId: id, Fields: fields(map[string]any{"severity": "low", "updatePolicy": nil}),
	})
	require.NoError(t, err)
	requests := b.Requests()
	require.Equal(t, "PUT", requests[len(requests)-1].Method)
	require.NotContains(t, requests[len(requests)-1].Body, `"owner"`)
	require.NotContains(t, requests[len(requests)-1].Body, `"updatePolicy"`)
	require.Equal(t, "low", changed.GetAlert().GetSeverity())
	require.Equal(t, made.GetAlert().GetOwner(), changed.GetAlert().GetOwner())
	require.Len(t, changed.GetAlert().GetConfiguration().GetConditions(), 8, "what is not named stays")
	require.Nil(t, changed.GetAlert().GetConfiguration().GetExtra().GetFields()["updatePolicy"], "null takes out")

	_, err = client.DeleteAlert(t.Context(), &anodotv1.DeleteAlertRequest{Source: source, AlertId: id})
	require.NoError(t, err)
	_, err = client.DeleteAlert(t.Context(), &anodotv1.DeleteAlertRequest{Source: source, AlertId: id})
	b.Expect(t, err, adaptertest.NotFound())
	_, err = client.UpdateAlert(t.Context(), &anodotv1.UpdateAlertRequest{Source: source, AlertId: id, Fields: fields(map[string]any{"title": "x"})})
	b.Expect(t, err, adaptertest.NotFound())
	require.Equal(t, []string{"create_alert", "update_alert", "delete_alert"}, actions(vendor))
	require.Empty(t, vendor.Excesses())
}

func actions(vendor *simulator.Server) []string {
	var names []string
	for _, effect := range vendor.Effects() {
		names = append(names, effect.Action)
	}
	return names
}

func seed(t *testing.T, file string, add func(simulated.Object)) {
	t.Helper()
	var objects []simulated.Object
	require.NoError(t, json.Unmarshal([]byte(adaptertest.Recorded(t, "document/"+file+".json")), &objects))
	for _, o := range objects {
		add(o)
	}
}

func TestConformance_SourcesStreamsAndChannels(t *testing.T) {
	t.Parallel()
	vendor, b := newConformanceBench(t, simulator.Options{})
	client := clientOf(b)
	seed(t, "data_sources", vendor.Anodot.AddDataSource)
	seed(t, "data_sources_find", vendor.Anodot.AddDataSource)
	seed(t, "data_streams_find", vendor.Anodot.AddDataStream)
	seed(t, "channels", vendor.Anodot.AddChannel)

	sources, err := client.ListDataSources(t.Context(), &anodotv1.ListDataSourcesRequest{Source: source, Type: anodotv1.DataSourceType_DATA_SOURCE_TYPE_S3})
	require.NoError(t, err)
	require.Len(t, sources.GetDataSources(), 2)
	found, err := client.FindDataSources(t.Context(), &anodotv1.FindDataSourcesRequest{Source: source, SearchQuery: "ANODOT-bc"})
	require.NoError(t, err)
	require.Len(t, found.GetDataSources(), 1)
	require.Equal(t, "demo", found.GetDataSources()[0].GetExtra().GetFields()["bucket"].GetStringValue())
	one, err := client.GetDataSource(t.Context(), &anodotv1.GetDataSourceRequest{Source: source, DataSourceId: "CS3xxxBfrk4gf"})
	require.NoError(t, err)
	require.EqualValues(t, 1584005874, one.GetDataSource().GetCreateTime().GetSeconds())

	channels, err := client.ListChannels(t.Context(), &anodotv1.ListChannelsRequest{Source: source, Name: "SLACK"})
	require.NoError(t, err)
	require.Len(t, channels.GetChannels(), 1)
	require.Equal(t, anodotv1.ChannelType_CHANNEL_TYPE_SLACK, channels.GetChannels()[0].GetType())

	const id = "SSSq07uxxxyvI"
	vendor.Anodot.SetMetricTotal(id, 100, 700)
	total, err := client.CountDataStreamMetrics(t.Context(), &anodotv1.CountDataStreamMetricsRequest{
		Source: source, DataStreamName: "test", TimeRange: anodotv1.CountRange_COUNT_RANGE_WEEK,
	})
	require.NoError(t, err)
	require.EqualValues(t, 700, total.GetTotal())

	list, err := client.ListDataStreams(t.Context(), &anodotv1.ListDataStreamsRequest{Source: source})
	require.NoError(t, err)
	require.Len(t, list.GetDataStreams(), 1)
	whole, err := client.FindDataStreams(t.Context(), &anodotv1.FindDataStreamsRequest{Source: source, SearchQuery: "TES"})
	require.NoError(t, err)
	require.Len(t, whole.GetDataStreams()[0].GetSchema().GetColumns(), 5)
	require.Equal(t, anodotv1.PollingInterval_POLLING_INTERVAL_DAILY, whole.GetDataStreams()[0].GetPollingInterval())
	require.Equal(t, anodotv1.HistoricalSpan_HISTORICAL_SPAN_M3, whole.GetDataStreams()[0].GetHistoricalDateRange().GetConstRange())
	require.Empty(t, vendor.Excesses())
}

func TestConformance_AStreamIsPausedOnceAMinuteAndReadBeforeThePolls(t *testing.T) {
	t.Parallel()
	vendor, b := newConformanceBench(t, simulator.Options{})
	client := clientOf(b)
	seed(t, "data_streams_find", vendor.Anodot.AddDataStream)
	const id = "SSSq07uxxxyvI"
	for range 6 {
		_, err := client.ListDataStreams(t.Context(), &anodotv1.ListDataStreamsRequest{Source: source})
		require.NoError(t, err)
	}
	_, err := client.ListDataStreams(t.Context(), &anodotv1.ListDataStreamsRequest{Source: source})
	b.Expect(t, err, adaptertest.RateLimited())
	_, err = client.PauseDataStream(t.Context(), &anodotv1.PauseDataStreamRequest{Source: source, DataStreamId: id})
	require.NoError(t, err)
	stream, err := client.GetDataStream(t.Context(), &anodotv1.GetDataStreamRequest{Source: source, DataStreamId: id})
	require.NoError(t, err)
	require.True(t, stream.GetDataStream().GetPaused())
	_, err = client.ResumeDataStream(t.Context(), &anodotv1.ResumeDataStreamRequest{Source: source, DataStreamId: id})
	b.Expect(t, err, adaptertest.RateLimited())
	wait, convErr := strconv.Atoi(rpc.Metadata(err)["retry_after_ms"])
	require.NoError(t, convErr)
	require.Greater(t, wait, 30_000)
	_, err = client.DeleteDataStream(t.Context(), &anodotv1.DeleteDataStreamRequest{Source: source, DataStreamId: id})
	require.NoError(t, err)
	_, err = client.GetDataStream(t.Context(), &anodotv1.GetDataStreamRequest{Source: source, DataStreamId: id})
	b.Expect(t, err, adaptertest.NotFound())
	require.Equal(t, []string{"pause_data_stream", "delete_data_stream"}, actions(vendor))
	require.Empty(t, vendor.Excesses())
}

func TestConformance_AStreamIsCreated(t *testing.T) {
	t.Parallel()
	vendor, b := newConformanceBench(t, simulator.Options{})
	stream := &anodotv1.DataStream{}
	require.NoError(t, readSample("create_stream_psql", stream))
	made, err := clientOf(b).CreateDataStream(t.Context(), &anodotv1.CreateDataStreamRequest{Source: source, DataStream: stream})
	require.NoError(t, err)
	require.NotEmpty(t, made.GetDataStream().GetId())
	require.Equal(t, "bc_stream", made.GetDataStream().GetExtra().GetFields()["tableName"].GetStringValue())
	require.Equal(t, []string{"create_data_stream"}, actions(vendor))
}

func TestConformance_AStreamIsUpdated(t *testing.T) {
	t.Parallel()
	vendor, b := newConformanceBench(t, simulator.Options{})
	seed(t, "data_streams_find", vendor.Anodot.AddDataStream)
	got, err := clientOf(b).GetDataStream(t.Context(), &anodotv1.GetDataStreamRequest{Source: source, DataStreamId: "SSSq07uxxxyvI"})
	require.NoError(t, err)
	name := "renamed"
	got.GetDataStream().Name = &name
	_, err = clientOf(b).UpdateDataStream(t.Context(), &anodotv1.UpdateDataStreamRequest{
		Source: source, DataStreamId: "SSSq07uxxxyvI", DataStream: got.GetDataStream(),
	})
	require.NoError(t, err)
	kept, _ := vendor.Anodot.DataStream("SSSq07uxxxyvI")
	require.Equal(t, "renamed", kept["name"])
	require.Equal(t, "data3_", kept["fileNamePrefix"])
}

func TestConformance_MetricsAreTakenEntryByEntry(t *testing.T) {
	t.Parallel()
	vendor, b := newConformanceBench(t, simulator.Options{})
	sample := func(change func(*anodotv1.Sample)) *anodotv1.Sample {
		s := someSample()
		s.Timestamp = at(time.Now().Unix())
		change(s)
		return s
	}
	got, err := clientOf(b).SendMetrics(t.Context(), &anodotv1.SendMetricsRequest{Source: source, Samples: []*anodotv1.Sample{
		sample(func(*anodotv1.Sample) {}),
		sample(func(s *anodotv1.Sample) { delete(s.GetProperties(), "what") }),
		sample(func(s *anodotv1.Sample) { s.GetProperties()["host"] = "a.b" }),
		sample(func(s *anodotv1.Sample) { s.Timestamp = at(time.Now().Add(2 * time.Hour).Unix()) }),
		sample(func(s *anodotv1.Sample) { s.Tags = map[string]*anodotv1.TagValues{"team": {Values: []string{"shop"}}} }),
	}})
	require.NoError(t, err)
	require.EqualValues(t, 2, got.GetAccepted())
	codes := map[int32]string{}
	for _, e := range got.GetErrors() {
		require.False(t, e.GetRetryable())
		require.NotEmpty(t, e.GetDescription())
		codes[e.GetIndex()] = e.GetCode()
	}
	require.Equal(t, map[int32]string{1: "2012", 2: "2011", 3: "2022"}, codes)
	require.Len(t, vendor.Anodot.Samples(), 2)
	require.NotContains(t, b.Seen(nil), simulator.DefaultAnodotDataCollectionKey)
}

func TestConformance_AWrongKeyIsRefused(t *testing.T) {
	t.Parallel()
	_, b := newConformanceBench(t, simulator.Options{Credentials: simulator.Credentials{AnodotDataCollectionKey: "another"}})
	err := calls()["SendMetrics"].make(t.Context(), b)
	b.Expect(t, err, adaptertest.CredentialRefused(), simulator.DefaultAnodotDataCollectionKey)
}

func trigger(n int, start int64) simulated.Object {
	return simulated.Object{
		"id": strconv.Itoa(n), "alertConfigurationId": alertID, "groupId": "group-" + strconv.Itoa(n/3), "status": "OPEN", "severity": "high",
		"type": "ANOMALY", "title": "Drop", "timeScale": "1d", "startTime": start, "updateTime": start + 60,
		"metrics": []simulated.Object{{"id": "m", "what": "bots", "intervals": []simulated.Object{{"status": "OPEN", "score": 0.8}}}},
	}
}

func TestConformance_FiringsComeOnceInBothShapes(t *testing.T) {
	t.Parallel()
	for name, groups := range map[string]bool{"lean": false, "groups": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			vendor, b := newConformanceBench(t, simulator.Options{AnodotTriggeredGroups: groups})
			const count = 900
			for n := range count {
				// Three in a second, and a crowd of three hundred in one.
				vendor.Anodot.AddTrigger(trigger(n, 1_700_000_000+int64(min(n, 300)/3)+int64(max(n-600, 0)/3)))
			}
			pages, err := drain(clientOf(b).ListTriggeredAlerts(t.Context(), &anodotv1.ListTriggeredAlertsRequest{
				Source: source, StartTime: at(1_600_000_000), WithMetrics: true,
			}))
			require.NoError(t, err)
			require.Greater(t, len(pages), 1)
			seen := map[string]int{}
			for _, page := range pages {
				require.Empty(t, page.GetRejected())
				for _, alert := range page.GetAlerts() {
					seen[alert.GetId()]++
					require.Equal(t, alertID, alert.GetAlertConfigurationId())
					require.Equal(t, anodotv1.TriggerStatus_TRIGGER_STATUS_OPEN, alert.GetStatus())
					require.InDelta(t, 0.8, alert.GetMetrics()[0].GetIntervals()[0].GetScore(), 0)
				}
				require.Equal(t, groups && len(page.GetAlerts()) > 0, len(page.GetGroups()) > 0)
			}
			require.Len(t, seen, count)
			for id, times := range seen {
				require.Equal(t, 1, times, id)
			}
		})
	}
}

func TestConformance_AnomaliesArePagedAndTheRestIsToldOf(t *testing.T) {
	t.Parallel()
	vendor, b := newConformanceBench(t, simulator.Options{})
	const count = 1100
	for n := range count {
		vendor.Anodot.AddAnomaly(simulated.Object{
			"id": strconv.Itoa(n), "state": "open", "resolution": []string{"short", "weekly"}[n%2], "startDate": 1_700_000_000 + n,
			"score": 0.9, "duration": 600, "metrics": []simulated.Object{{"id": "m"}},
		})
	}
	pages, err := drain(clientOf(b).ListAnomalies(t.Context(), &anodotv1.ListAnomaliesRequest{
		Source: source, StartTime: at(1_700_000_000), EndTime: at(1_700_002_000),
	}))
	require.NoError(t, err)
	require.Len(t, pages, 10)
	seen := map[string]bool{}
	for _, page := range pages {
		for _, anomaly := range page.GetAnomalies() {
			seen[anomaly.GetId()] = true
			require.Len(t, anomaly.GetMetrics(), 1)
		}
	}
	require.Len(t, seen, 1000, "as many as the vendor pages through")
	require.True(t, pages[9].GetTruncated())
	require.EqualValues(t, count, pages[9].GetTotal())
	require.False(t, pages[8].GetTruncated())
}

func TestConformance_FeedbackIsGivenAndListed(t *testing.T) {
	t.Parallel()
	vendor, b := newConformanceBench(t, simulator.Options{})
	vendor.Anodot.AddTrigger(trigger(1, time.Now().Unix()-60))
	given, err := clientOf(b).CreateFeedback(t.Context(), &anodotv1.CreateFeedbackRequest{
		Source: source, UserId: "u", UserName: "ana", TriggerIds: []string{"1"}, Type: "NOT_INTERESTING",
	})
	require.NoError(t, err)
	require.NotNil(t, given.GetCreatedAt())
	now := given.GetCreatedAt().GetSeconds()
	got, err := clientOf(b).ListFeedback(t.Context(), &anodotv1.ListFeedbackRequest{Source: source, StartTime: at(now - 1), EndTime: at(now + 1)})
	require.NoError(t, err)
	require.Len(t, got.GetFeedback(), 1)
	require.Equal(t, given.GetFeedbackId(), got.GetFeedback()[0].GetId())
	require.Equal(t, "NOT_INTERESTING", got.GetFeedback()[0].GetType())
	require.Equal(t, alertID, got.GetFeedback()[0].GetAlerts()[0].GetAlertId())
	_, err = clientOf(b).CreateFeedback(t.Context(), &anodotv1.CreateFeedbackRequest{
		Source: source, TriggerIds: []string{"none"}, Type: "GOOD_CATCH",
	})
	b.Expect(t, err, adaptertest.NotFound())
}

func TestConformance_AUserEventsWholeLife(t *testing.T) {
	t.Parallel()
	vendor, b := newConformanceBench(t, simulator.Options{})
	client := clientOf(b)
	event := someEvent("")
	category, origin := "deployments", "chef"
	_, err := client.CreateUserEvent(t.Context(), &anodotv1.CreateUserEventRequest{Source: source, Event: event})
	b.Expect(t, err, adaptertest.Refused())
	require.ErrorContains(t, err, "code 3015", "the third shape of errors")

	event.Category, event.Source, event.EndDate = &category, &origin, at(1468330000)
	kind := anodotv1.UserEventType_USER_EVENT_TYPE_SUPPRESS
	event.Type = &kind
	made, err := client.CreateUserEvent(t.Context(), &anodotv1.CreateUserEventRequest{Source: source, Event: event})
	require.NoError(t, err)
	require.EqualValues(t, 1468326864, made.GetEvent().GetStartDate().GetSeconds())
	require.Equal(t, kind, made.GetEvent().GetType())

	title := "deployment is over"
	made.GetEvent().Title = &title
	_, err = client.UpdateUserEvent(t.Context(), &anodotv1.UpdateUserEventRequest{Source: source, Event: made.GetEvent()})
	require.NoError(t, err)
	got, err := client.GetUserEvent(t.Context(), &anodotv1.GetUserEventRequest{Source: source, EventId: made.GetEvent().GetId()})
	require.NoError(t, err)
	require.Equal(t, title, got.GetEvent().GetTitle())

	for n := range 205 {
		vendor.Anodot.AddUserEvent(simulated.Object{"id": strconv.Itoa(n), "title": "x", "category": "deployments", "startDate": 1468330000 + n})
	}
	vendor.Anodot.AddUserEvent(simulated.Object{"id": "other", "title": "x", "category": "holidays", "startDate": 1468330000})
	pages, err := drain(client.ListUserEvents(t.Context(), &anodotv1.ListUserEventsRequest{
		Source: source, StartTime: at(1468326864), Categories: []string{"deployments"},
	}))
	require.NoError(t, err)
	require.Len(t, pages, 3)
	require.EqualValues(t, 206, pages[0].GetTotal())
	require.Len(t, pages[2].GetEvents(), 6)

	_, err = client.DeleteUserEvent(t.Context(), &anodotv1.DeleteUserEventRequest{Source: source, EventId: made.GetEvent().GetId()})
	require.NoError(t, err)
	_, err = client.GetUserEvent(t.Context(), &anodotv1.GetUserEventRequest{Source: source, EventId: made.GetEvent().GetId()})
	b.Expect(t, err, adaptertest.NotFound())
	require.ErrorContains(t, err, "code 3016")
	require.Equal(t, []string{"create_user_event", "update_user_event", "delete_user_event"}, actions(vendor))
}

// TestConformance_FaultsOnEveryEffect shows that no effect is repeated whatever
// becomes of its answer, and that a lost answer is told of as such.
func TestConformance_FaultsOnEveryEffect(t *testing.T) {
	t.Parallel()
	for name, call := range calls() {
		if call.kind == aList || call.kind == anObject {
			continue
		}
		for _, kind := range []fault.Kind{fault.LoseAnswer, fault.Reset, fault.Status, fault.Hang} {
			t.Run(name+"/"+string(kind), func(t *testing.T) {
				t.Parallel()
				if kind == fault.Hang && name != "CreateAlert" {
					return
				}
				vendor, b := newConformanceBench(t, simulator.Options{})
				require.NoError(t, listAlerts(t.Context(), b))
				for _, method := range []string{"POST", "PUT", "DELETE"} {
					require.NoError(t, vendor.SetFault(fault.Fault{Vendor: "anodot", Kind: kind, Method: method}))
				}
				before := b.Calls()
				b.Expect(t, call.make(t.Context(), b), adaptertest.OutcomeUnknown(), simulator.DefaultAnodotRefreshToken)
				require.Equal(t, before+1, b.Calls())
			})
		}
	}
}
