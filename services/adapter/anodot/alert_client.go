package anodot

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"

	"google.golang.org/protobuf/types/known/structpb"

	"github.com/signalbox-io/signalbox/pkg/rpc"
	"github.com/signalbox-io/signalbox/pkg/vendorhttp"
	anodotv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anodot/v1"
)

const (
	alertsPath = "/api/v2/alerts"
	// oneAlertPath is where the document asks for one alert; all its other
	// calls are under /api/v2.
	oneAlertPath = "/api/alerts"
	// ownerField is in what the vendor shows of a configuration and is not taken
	// back: the owner is always the token's.
	ownerField = "owner"
)

// listAlerts goes before other reads: an action looks an alert up before it makes
// one. Polls ask once in an interval, so that they take little from actions.
func (c *client) listAlerts(ctx context.Context) ([]json.RawMessage, error) {
	req := read("list_alerts", alertsPath)
	req.Urgent = true
	return c.list(ctx, req)
}

// getAlert reads one alert where the document puts it. The vendor's other
// calls are all under /api/v2, so a 404 there is believed only if the list of
// alerts does not show the id.
func getAlert[T any](
	ctx context.Context, c *client, id string, convert func(json.RawMessage) (*T, error),
) (*T, error) {
	at := func(collection string) (*T, error) {
		req := read("get_alert", under(collection, id))
		req.Urgent = true
		return one(ctx, c, req, convert)
	}
	if c.oneAlertInV2.Load() {
		return at(alertsPath)
	}
	alert, err := at(oneAlertPath)
	if !vendorhttp.IsKind(err, vendorhttp.NotFound) {
		return alert, err
	}
	listed, listErr := c.listAlerts(ctx)
	if listErr != nil {
		return nil, listErr
	}
	if !containsAlert(listed, id) {
		return nil, err
	}
	if alert, err = at(alertsPath); err == nil {
		c.oneAlertInV2.Store(true)
	}
	return alert, err
}

func containsAlert(records []json.RawMessage, id string) bool {
	for _, record := range records {
		if alert, err := alertOf(record); err == nil && alert.GetId() == id {
			return true
		}
	}
	return false
}

// createAlert is sent once: the vendor keeps no titles apart, so a repeat would
// make a second alert.
func (c *client) createAlert(ctx context.Context, req *anodotv1.CreateAlertRequest) (*anodotv1.Alert, error) {
	configuration, err := writeObject(req.GetConfiguration())
	if err != nil {
		return nil, rpc.FieldViolation("configuration", "%v", err)
	}
	if configuration, err = overlay(configuration, req.GetFields()); err != nil {
		return nil, err
	}
	if title, ok := configuration["title"].(string); !ok || title == "" {
		return nil, rpc.FieldViolation("configuration.title", "is missing; an alert is found again by its title")
	}
	body, err := jsonOf("configuration", configuration)
	if err != nil {
		return nil, err
	}
	post := effect("create_alert", http.MethodPost, alertsPath)
	post.Body = body
	return shown(ctx, c, post, fullAlertOf)
}

// updateAlert sends the whole configuration, because that is all the vendor
// takes: the request's, or the one that the alert has now.
func (c *client) updateAlert(ctx context.Context, req *anodotv1.UpdateAlertRequest) (*anodotv1.Alert, error) {
	configuration, err := c.wantedConfiguration(ctx, req)
	if err != nil {
		return nil, err
	}
	body, err := jsonOf("configuration", configuration)
	if err != nil {
		return nil, err
	}
	put := effect("update_alert", http.MethodPut, under(alertsPath, req.GetAlertId()))
	put.Body = body
	return shown(ctx, c, put, fullAlertOf)
}

func (c *client) wantedConfiguration(ctx context.Context, req *anodotv1.UpdateAlertRequest) (map[string]any, error) {
	if req.GetConfiguration() != nil {
		configuration, err := writeObject(req.GetConfiguration())
		if err != nil {
			return nil, rpc.FieldViolation("configuration", "%v", err)
		}
		return overlay(configuration, req.GetFields())
	}
	if len(req.GetFields().GetFields()) == 0 {
		return nil, rpc.FieldViolation("fields", "is empty, and there is no configuration; say what is to change")
	}
	if _, err := overlay(map[string]any{}, req.GetFields()); err != nil {
		return nil, err
	}
	now, err := getAlert(ctx, c, req.GetAlertId(), rawConfigurationOf)
	if err != nil {
		return nil, err
	}
	return overlay(*now, req.GetFields())
}

// rawConfigurationOf returns the configuration of an alert with every value as
// the vendor wrote it.
func rawConfigurationOf(record json.RawMessage) (*map[string]any, error) {
	var alert struct {
		Configuration map[string]json.RawMessage `json:"configuration"`
	}
	if err := json.Unmarshal(record, &alert); err != nil || alert.Configuration == nil {
		return nil, errNoConfiguration
	}
	configuration := map[string]any{}
	for name, value := range alert.Configuration {
		configuration[name] = value
	}
	return &configuration, nil
}

// overlay lays the fields over the configuration and takes out the owner. Null
// takes a field out.
func overlay(configuration map[string]any, fields *structpb.Struct) (map[string]any, error) {
	if _, ok := fields.GetFields()[ownerField]; ok {
		return nil, rpc.FieldViolation("fields.owner", "cannot be set: the vendor makes the token's owner the owner")
	}
	maps.Copy(configuration, fields.AsMap())
	maps.DeleteFunc(configuration, func(name string, value any) bool {
		_, named := fields.GetFields()[name]
		return name == ownerField || named && value == nil
	})
	return configuration, nil
}

func (c *client) deleteAlert(ctx context.Context, id string) error {
	return c.silent(ctx, effect("delete_alert", http.MethodDelete, under(alertsPath, id)))
}

// setState pauses or resumes. The document gives neither body nor answer, so
// nothing is sent.
func (c *client) setState(ctx context.Context, id, verb string) error {
	return c.silent(ctx, effect(verb+"_alert", http.MethodPost, under(alertsPath, id)+"/"+verb))
}
