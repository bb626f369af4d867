package action_test

import (
	"context"
	"maps"
	"slices"

	"google.golang.org/protobuf/types/known/structpb"

	anodotv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anodot/v1"
	securereporterv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/securereporter/v1"
)

// alert returns the alert as the vendor shows it; there must be one.
func (v *vendor) alert(id string) *anodotv1.Alert {
	alert := &anodotv1.Alert{Id: id, Title: v.titles[id], Paused: v.paused[id] && !v.isVague, StateUnknown: v.isVague}
	alert.Fields, _ = structpb.NewStruct(v.fields[id])
	return alert
}

// GetAlert implements anodotv1.AnodotServiceServer.
func (v anodotVendor) GetAlert(ctx context.Context, r *anodotv1.GetAlertRequest) (*anodotv1.GetAlertResponse, error) {
	var alert *anodotv1.Alert
	err := v.take(ctx, "get "+r.GetAlertId(), func() {
		if _, found := v.paused[r.GetAlertId()]; found {
			alert = v.alert(r.GetAlertId())
		}
	})
	if err == nil && alert == nil {
		err = notFound()
	}
	return &anodotv1.GetAlertResponse{Alert: alert}, err
}

// ListAlerts implements anodotv1.AnodotServiceServer.
func (v anodotVendor) ListAlerts(ctx context.Context, _ *anodotv1.ListAlertsRequest) (*anodotv1.ListAlertsResponse, error) {
	response := &anodotv1.ListAlertsResponse{}
	err := v.take(ctx, "alerts", func() {
		for _, id := range slices.Sorted(maps.Keys(v.paused)) {
			response.Alerts = append(response.GetAlerts(), v.alert(id))
		}
		if v.isInParts {
			response.Alerts, response.Rejected = nil, []*anodotv1.RejectedRecord{{}}
		}
	})
	return response, err
}

// PauseAlert implements anodotv1.AnodotServiceServer.
func (v anodotVendor) PauseAlert(ctx context.Context, r *anodotv1.PauseAlertRequest) (*anodotv1.PauseAlertResponse, error) {
	return &anodotv1.PauseAlertResponse{}, v.change(ctx, "pause", r.GetAlertId(), true)
}

// ResumeAlert implements anodotv1.AnodotServiceServer.
func (v anodotVendor) ResumeAlert(ctx context.Context, r *anodotv1.ResumeAlertRequest) (*anodotv1.ResumeAlertResponse, error) {
	return &anodotv1.ResumeAlertResponse{}, v.change(ctx, "resume", r.GetAlertId(), false)
}

func (v *vendor) change(ctx context.Context, verb, id string, paused bool) error {
	return v.alter(ctx, verb, id, func() { v.paused[id] = paused })
}

// alter changes an alert or a data stream that must be there.
func (v *vendor) alter(ctx context.Context, verb, id string, apply func()) error {
	isThere := true
	err := v.take(ctx, verb+" "+id, func() {
		if _, isThere = v.paused[id]; isThere {
			apply()
			v.effects = append(v.effects, verb+" "+id)
		}
	})
	if err == nil && !isThere {
		err = notFound()
	}
	return err
}

// CreateAlert implements anodotv1.AnodotServiceServer. The alert's id is its title.
func (v anodotVendor) CreateAlert(ctx context.Context, r *anodotv1.CreateAlertRequest) (*anodotv1.CreateAlertResponse, error) {
	response := &anodotv1.CreateAlertResponse{}
	err := v.take(ctx, "create alert", func() {
		title := r.GetFields().GetFields()["title"].GetStringValue()
		v.paused[title], v.titles[title], v.fields[title] = false, title, r.GetFields().AsMap()
		v.effects = append(v.effects, "create "+title)
		response.Alert = v.alert(title)
	})
	return response, err
}

// UpdateAlert implements anodotv1.AnodotServiceServer.
func (v anodotVendor) UpdateAlert(ctx context.Context, r *anodotv1.UpdateAlertRequest) (*anodotv1.UpdateAlertResponse, error) {
	return &anodotv1.UpdateAlertResponse{}, v.alter(ctx, "update", r.GetAlertId(), func() {
		fields := maps.Clone(v.fields[r.GetAlertId()])
		maps.Copy(fields, r.GetFields().AsMap())
		v.fields[r.GetAlertId()] = fields
	})
}

// DeleteAlert implements anodotv1.AnodotServiceServer.
func (v anodotVendor) DeleteAlert(ctx context.Context, r *anodotv1.DeleteAlertRequest) (*anodotv1.DeleteAlertResponse, error) {
	return &anodotv1.DeleteAlertResponse{}, v.alter(ctx, "delete", r.GetAlertId(), func() { delete(v.paused, r.GetAlertId()) })
}

// GetDataStream implements anodotv1.AnodotServiceServer.
func (v anodotVendor) GetDataStream(
	ctx context.Context, r *anodotv1.GetDataStreamRequest,
) (*anodotv1.GetDataStreamResponse, error) {
	var stream *anodotv1.DataStream
	err := v.take(ctx, "get "+r.GetDataStreamId(), func() {
		if paused, found := v.paused[r.GetDataStreamId()]; found {
			stream = &anodotv1.DataStream{Id: new(r.GetDataStreamId()), Paused: new(paused)}
		}
	})
	if err == nil && stream == nil {
		err = notFound()
	}
	return &anodotv1.GetDataStreamResponse{DataStream: stream}, err
}

// FindDataStreams implements anodotv1.AnodotServiceServer.
func (v anodotVendor) FindDataStreams(
	ctx context.Context, _ *anodotv1.FindDataStreamsRequest,
) (*anodotv1.FindDataStreamsResponse, error) {
	response := &anodotv1.FindDataStreamsResponse{}
	err := v.take(ctx, "streams", func() {
		for id, paused := range v.paused {
			response.DataStreams = append(response.GetDataStreams(), &anodotv1.DataStream{Id: new(id), Paused: new(paused)})
		}
	})
	return response, err
}

// PauseDataStream implements anodotv1.AnodotServiceServer.
func (v anodotVendor) PauseDataStream(
	ctx context.Context, r *anodotv1.PauseDataStreamRequest,
) (*anodotv1.PauseDataStreamResponse, error) {
	return &anodotv1.PauseDataStreamResponse{}, v.change(ctx, "pause", r.GetDataStreamId(), true)
}

// ResumeDataStream implements anodotv1.AnodotServiceServer.
func (v anodotVendor) ResumeDataStream(
	ctx context.Context, r *anodotv1.ResumeDataStreamRequest,
) (*anodotv1.ResumeDataStreamResponse, error) {
	return &anodotv1.ResumeDataStreamResponse{}, v.change(ctx, "resume", r.GetDataStreamId(), false)
}

// SendMetrics implements anodotv1.AnodotServiceServer.
func (v anodotVendor) SendMetrics(ctx context.Context, r *anodotv1.SendMetricsRequest) (*anodotv1.SendMetricsResponse, error) {
	response := &anodotv1.SendMetricsResponse{}
	err := v.take(ctx, "send", func() {
		if len(v.errors) > 0 {
			response.Errors, v.errors = v.errors[:1], v.errors[1:]
			return
		}
		v.samples = append(v.samples, r.GetSamples()...)
		v.effects = append(v.effects, "send")
	})
	return response, err
}

// MailReport implements securereporterv1.SecureReporterServiceServer.
func (v reporterVendor) MailReport(
	ctx context.Context, r *securereporterv1.MailReportRequest,
) (*securereporterv1.MailReportResponse, error) {
	err := v.take(ctx, "mail", func() {
		v.effects = append(v.effects, "mail "+r.GetReport()+" to "+r.GetParameters()["to"])
	})
	return &securereporterv1.MailReportResponse{}, err
}
