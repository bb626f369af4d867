package anodot_test

import (
	"context"
	"errors"
	"io"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	anodotv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anodot/v1"
	"github.com/signalbox-io/signalbox/services/adapter/adaptertest"
)

// kind is what a call makes of an answer.
type kind int

const (
	// aList is a read whose answer is a list, which may be empty.
	aList kind = iota
	// anObject is a read whose answer is an object.
	anObject
	// shown is an effect whose answer shows what it made.
	shown
	// silent is an effect of whose answer only the status is documented.
	silent
	// samples is the sending of metrics.
	samples
)

const source = adaptertest.Source

// someCall is one call of the service with a sound request.
type someCall struct {
	kind kind
	do   func(context.Context, anodotv1.AnodotServiceClient) error
}

func (c someCall) make(ctx context.Context, b *adaptertest.Bench) error {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	return c.do(ctx, clientOf(b))
}

// unary makes a call of a request without regard to its answer.
func unary[Q, P any](
	k kind, method func(anodotv1.AnodotServiceClient, context.Context, *Q, ...grpc.CallOption) (*P, error), req *Q,
) someCall {
	return someCall{k, func(ctx context.Context, client anodotv1.AnodotServiceClient) error {
		_, err := method(client, ctx, req)
		return err
	}}
}

// drain reads a stream to its end.
func drain[P any](stream grpc.ServerStreamingClient[P], err error) ([]*P, error) {
	var pages []*P
	for err == nil {
		var page *P
		if page, err = stream.Recv(); err == nil {
			pages = append(pages, page)
		}
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return pages, err
}

func streamed[Q, P any](
	method func(anodotv1.AnodotServiceClient, context.Context, *Q, ...grpc.CallOption) (grpc.ServerStreamingClient[P], error), req *Q,
) someCall {
	return someCall{anObject, func(ctx context.Context, client anodotv1.AnodotServiceClient) error {
		_, err := drain(method(client, ctx, req))
		return err
	}}
}

func at(seconds int64) *timestamppb.Timestamp { return &timestamppb.Timestamp{Seconds: seconds} }

func fields(pairs map[string]any) *structpb.Struct {
	s, err := structpb.NewStruct(pairs)
	if err != nil {
		panic(err)
	}
	return s
}

func someStream() *anodotv1.DataStream {
	name := "postgres"
	return &anodotv1.DataStream{Name: &name}
}

func someEvent(id string) *anodotv1.UserEvent {
	title := "deployment"
	event := &anodotv1.UserEvent{Title: &title, StartDate: at(1468326864)}
	if id != "" {
		event.Id = &id
	}
	return event
}

func someSample() *anodotv1.Sample {
	return &anodotv1.Sample{
		Properties: map[string]string{"what": "bots"}, TargetType: anodotv1.TargetType_TARGET_TYPE_GAUGE,
		Timestamp: at(1468326864), Value: 7,
	}
}

// calls has one call of every method of the service.
func calls() map[string]someCall {
	type client = anodotv1.AnodotServiceClient
	all := map[string]someCall{
		"ListAlerts":  unary(aList, client.ListAlerts, &anodotv1.ListAlertsRequest{Source: source, Full: true}),
		"GetAlert":    unary(anObject, client.GetAlert, &anodotv1.GetAlertRequest{Source: source, AlertId: alertID}),
		"CreateAlert": unary(shown, client.CreateAlert, &anodotv1.CreateAlertRequest{Source: source, Fields: fields(map[string]any{"title": "Drop"})}),
		"UpdateAlert": unary(shown, client.UpdateAlert, &anodotv1.UpdateAlertRequest{
			Source: source, AlertId: alertID, Configuration: &anodotv1.AlertConfiguration{},
		}),
		"DeleteAlert":  unary(silent, client.DeleteAlert, &anodotv1.DeleteAlertRequest{Source: source, AlertId: alertID}),
		"PauseAlert":   unary(silent, client.PauseAlert, &anodotv1.PauseAlertRequest{Source: source, AlertId: alertID}),
		"ResumeAlert":  unary(silent, client.ResumeAlert, &anodotv1.ResumeAlertRequest{Source: source, AlertId: alertID}),
		"ListFeedback": unary(anObject, client.ListFeedback, feedbackWindow()),
		"CreateFeedback": unary(shown, client.CreateFeedback, &anodotv1.CreateFeedbackRequest{
			Source: source, UserId: "u1", UserName: "ana", TriggerIds: []string{"t1"}, Type: "NOT_INTERESTING",
		}),
		"ListChannels": unary(aList, client.ListChannels, &anodotv1.ListChannelsRequest{Source: source}),
		"SendMetrics": unary(samples, client.SendMetrics, &anodotv1.SendMetricsRequest{
			Source: source, Samples: []*anodotv1.Sample{someSample()},
		}),
		"ListTriggeredAlerts": streamed(client.ListTriggeredAlerts, &anodotv1.ListTriggeredAlertsRequest{Source: source, StartTime: at(1)}),
		"ListAnomalies":       streamed(client.ListAnomalies, &anodotv1.ListAnomaliesRequest{Source: source, StartTime: at(1), EndTime: at(2)}),
	}
	maps.Copy(all, dataCalls())
	maps.Copy(all, eventCalls())
	return all
}

func dataCalls() map[string]someCall {
	type client = anodotv1.AnodotServiceClient
	const id = "SSSq07uxxxyvI"
	return map[string]someCall{
		"ListDataSources":  unary(aList, client.ListDataSources, &anodotv1.ListDataSourcesRequest{Source: source}),
		"FindDataSources":  unary(aList, client.FindDataSources, &anodotv1.FindDataSourcesRequest{Source: source, SearchQuery: "s3"}),
		"GetDataSource":    unary(anObject, client.GetDataSource, &anodotv1.GetDataSourceRequest{Source: source, DataSourceId: id}),
		"ListDataStreams":  unary(aList, client.ListDataStreams, &anodotv1.ListDataStreamsRequest{Source: source}),
		"FindDataStreams":  unary(aList, client.FindDataStreams, &anodotv1.FindDataStreamsRequest{Source: source, SearchQuery: "test"}),
		"GetDataStream":    unary(anObject, client.GetDataStream, &anodotv1.GetDataStreamRequest{Source: source, DataStreamId: id}),
		"CreateDataStream": unary(shown, client.CreateDataStream, &anodotv1.CreateDataStreamRequest{Source: source, DataStream: someStream()}),
		"UpdateDataStream": unary(shown, client.UpdateDataStream, &anodotv1.UpdateDataStreamRequest{
			Source: source, DataStreamId: id, DataStream: someStream(),
		}),
		"DeleteDataStream": unary(silent, client.DeleteDataStream, &anodotv1.DeleteDataStreamRequest{Source: source, DataStreamId: id}),
		"PauseDataStream":  unary(silent, client.PauseDataStream, &anodotv1.PauseDataStreamRequest{Source: source, DataStreamId: id}),
		"ResumeDataStream": unary(silent, client.ResumeDataStream, &anodotv1.ResumeDataStreamRequest{Source: source, DataStreamId: id}),
		"CountDataStreamMetrics": unary(anObject, client.CountDataStreamMetrics, &anodotv1.CountDataStreamMetricsRequest{
			Source: source, DataStreamId: id,
		}),
	}
}

func eventCalls() map[string]someCall {
	type client = anodotv1.AnodotServiceClient
	const id = "9b0cfa33-8a78-416e-84b7-1bff5628deaf"
	return map[string]someCall{
		"CreateUserEvent": unary(shown, client.CreateUserEvent, &anodotv1.CreateUserEventRequest{Source: source, Event: someEvent("")}),
		"UpdateUserEvent": unary(shown, client.UpdateUserEvent, &anodotv1.UpdateUserEventRequest{Source: source, Event: someEvent(id)}),
		"GetUserEvent":    unary(anObject, client.GetUserEvent, &anodotv1.GetUserEventRequest{Source: source, EventId: id}),
		"ListUserEvents":  streamed(client.ListUserEvents, &anodotv1.ListUserEventsRequest{Source: source, StartTime: at(1)}),
		"DeleteUserEvent": unary(silent, client.DeleteUserEvent, &anodotv1.DeleteUserEventRequest{Source: source, EventId: id}),
	}
}

// methods returns the names of the service's methods.
func methods() []string {
	var names []string
	list := anodotv1.File_signalbox_anodot_v1_anodot_service_proto.Services().Get(0).Methods()
	for i := range list.Len() {
		names = append(names, string(list.Get(i).Name()))
	}
	return names
}

func TestCalls_HaveEveryMethodOfTheService(t *testing.T) {
	t.Parallel()
	require.ElementsMatch(t, methods(), slices.Collect(maps.Keys(calls())))
}
