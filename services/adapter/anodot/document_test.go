package anodot_test

import (
	"context"
	"encoding/json"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/signalbox-io/signalbox/pkg/config"
	anodotv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anodot/v1"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	"github.com/signalbox-io/signalbox/services/adapter/adaptertest"
	"github.com/signalbox-io/signalbox/services/adapter/anodot"
)

func callOf(method string) func(context.Context, *adaptertest.Bench) error {
	return calls()[method].make
}

func listS3(ctx context.Context, b *adaptertest.Bench) error {
	_, err := clientOf(b).ListDataSources(ctx, &anodotv1.ListDataSourcesRequest{Source: source, Type: anodotv1.DataSourceType_DATA_SOURCE_TYPE_S3})
	return err
}

func listSlack(name string) func(context.Context, *adaptertest.Bench) error {
	return func(ctx context.Context, b *adaptertest.Bench) error {
		_, err := clientOf(b).ListChannels(ctx, &anodotv1.ListChannelsRequest{
			Source: source, Type: anodotv1.ChannelType_CHANNEL_TYPE_SLACK, Name: name,
		})
		return err
	}
}

// streamFrom creates a stream that was read from the document's own sample.
func streamFrom(file string) func(context.Context, *adaptertest.Bench) error {
	return func(ctx context.Context, b *adaptertest.Bench) error {
		stream := &anodotv1.DataStream{}
		if err := readSample("create_stream_"+file, stream); err != nil {
			return err
		}
		_, err := clientOf(b).CreateDataStream(ctx, &anodotv1.CreateDataStreamRequest{Source: source, DataStream: stream})
		return err
	}
}

func createAlertOf(file string) func(context.Context, *adaptertest.Bench) error {
	return func(ctx context.Context, b *adaptertest.Bench) error {
		configuration := &anodotv1.AlertConfiguration{}
		if err := readSample(file, configuration); err != nil {
			return err
		}
		_, err := clientOf(b).CreateAlert(ctx, &anodotv1.CreateAlertRequest{Source: source, Configuration: configuration})
		return err
	}
}

func updateAlertOf(file string) func(context.Context, *adaptertest.Bench) error {
	return func(ctx context.Context, b *adaptertest.Bench) error {
		configuration := &anodotv1.AlertConfiguration{}
		if err := readSample(file, configuration); err != nil {
			return err
		}
		_, err := clientOf(b).UpdateAlert(ctx, &anodotv1.UpdateAlertRequest{
			Source: source, AlertId: alertID, Configuration: configuration,
		})
		return err
	}
}

func TestDocument_MetricsAreSentWithTheKeyInTheQuery(t *testing.T) {
	t.Parallel()
	b := newWholeBench(t, adaptertest.Answer(http.StatusOK, `{"errors":[]}`))
	require.NoError(t, calls()["SendMetrics"].make(t.Context(), b))
	requests := b.Requests()
	require.Len(t, requests, 1, "no access token is asked for")
	require.Equal(t, "/api/v1/metrics", requests[0].Path)
	require.Equal(t, "protocol=anodot20&token="+dataKey, requests[0].Query)
	require.Empty(t, requests[0].Header.Get("Authorization"))
	require.JSONEq(t, `[{"properties":{"what":"bots","target_type":"gauge"},"timestamp":1468326864,"value":7}]`, requests[0].Body)
	require.NotContains(t, b.Seen(nil), dataKey)
}

func TestDocument_NoStreamIsTheSecondShapeOfErrors(t *testing.T) {
	t.Parallel()
	b := newWholeBench(t, adaptertest.Answer(http.StatusNotFound, adaptertest.Recorded(t, "document/no_stream.json")))
	err := calls()["DeleteDataStream"].make(t.Context(), b)
	b.Expect(t, err, adaptertest.NotFound())
	require.ErrorContains(t, err, "code 11002 object not found in underlying storage")
}

// TestDocument_WhatIsReadCanBeWrittenBack reads each object as the document
// prints it and writes it again.
func TestDocument_WhatIsReadCanBeWrittenBack(t *testing.T) {
	t.Parallel()
	var alerts []struct{ Configuration map[string]any }
	require.NoError(t, json.Unmarshal([]byte(adaptertest.Recorded(t, "alerts.json")), &alerts))
	b := newWholeBench(t, inTurn(
		adaptertest.Answer(http.StatusOK, first(t, "alerts.json")),
		adaptertest.Answer(http.StatusOK, ""),
		adaptertest.Answer(http.StatusOK, first(t, "document/data_streams_find.json")),
		adaptertest.Answer(http.StatusOK, ""),
	))
	alert, err := clientOf(b).GetAlert(t.Context(), &anodotv1.GetAlertRequest{Source: source, AlertId: alertID})
	require.NoError(t, err)
	require.Equal(t, "user@domain.com", alert.GetAlert().GetOwner())
	require.Nil(t, alert.GetAlert().GetConfiguration().GetExtra(), "every documented field is typed")
	_, err = clientOf(b).UpdateAlert(t.Context(), &anodotv1.UpdateAlertRequest{
		Source: source, AlertId: alertID, Configuration: alert.GetAlert().GetConfiguration(),
	})
	require.NoError(t, err)
	delete(alerts[0].Configuration, "owner")
	want, err := json.Marshal(alerts[0].Configuration)
	require.NoError(t, err)
	require.JSONEq(t, string(want), b.Requests()[2].Body)

	stream, err := clientOf(b).GetDataStream(t.Context(), &anodotv1.GetDataStreamRequest{Source: source, DataStreamId: "SSSq07uxxxyvI"})
	require.NoError(t, err)
	_, err = clientOf(b).UpdateDataStream(t.Context(), &anodotv1.UpdateDataStreamRequest{
		Source: source, DataStreamId: "SSSq07uxxxyvI", DataStream: stream.GetDataStream(),
	})
	require.NoError(t, err)
	require.JSONEq(t, first(t, "document/data_streams_find.json"), b.Requests()[4].Body)
}

// first returns the first record of a recorded list.
func first(t *testing.T, file string) string {
	t.Helper()
	var records []json.RawMessage
	require.NoError(t, json.Unmarshal([]byte(adaptertest.Recorded(t, file)), &records))
	return string(records[0])
}

// readSample reads a sample of the document through the adapter: as an object
// that a vendor shows.
func readSample(file string, into proto.Message) error {
	return anodot.ReadSample("document/"+file+".json", into)
}

func TestFeedbackWindow_GoesWhereTheSettingSays(t *testing.T) {
	t.Parallel()
	const body, query = `{"startTime":1578391000,"endTime":1578392000}`,
		"endDate=1578392000&endTime=1578392000&startDate=1578391000&startTime=1578391000"
	for setting, want := range map[string]adaptertest.Request{
		"":                     {Body: body},
		config.FeedbackInBody:  {Body: body},
		config.FeedbackInQuery: {Query: query},
		config.FeedbackInBoth:  {Body: body, Query: query},
	} {
		b := adaptertest.New(t, adaptertest.Options{
			Vendor: eventv1.Vendor_VENDOR_ANODOT, Credential: refreshToken,
			Configure: func(s *config.Source) { s.Anodot.FeedbackWindow = setting },
		}, anodot.New, &issuer{next: adaptertest.Answer(http.StatusOK, `{"feedbacks":[]}`)})
		require.NoError(t, calls()["ListFeedback"].make(t.Context(), b))
		require.Equal(t, want.Body, b.Requests()[1].Body)
		require.Equal(t, want.Query, b.Requests()[1].Query)
	}
}
