package anodot

import (
	"context"
	"encoding/json"
	"net/url"

	"github.com/signalbox-io/signalbox/pkg/vendorhttp"
	anodotv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anodot/v1"
	"github.com/signalbox-io/signalbox/services/adapter"
)

const (
	sourcesPath  = "/api/v2/bc/data-sources"
	channelsPath = "/api/v2/channels"
)

// ListDataSources returns the account's data sources, of one type or all.
func (s *Server) ListDataSources(
	ctx context.Context, req *anodotv1.ListDataSourcesRequest,
) (*anodotv1.ListDataSourcesResponse, error) {
	list := read("list_data_sources", sourcesPath)
	list.Query = queryOf("type", word(req.GetType()))
	sources, rejected, err := listObjects[anodotv1.DataSource](ctx, s, req.GetSource(), list)
	if err != nil {
		return nil, err
	}
	return &anodotv1.ListDataSourcesResponse{DataSources: sources, Rejected: rejected}, nil
}

// FindDataSources returns the data sources with a text in their name.
func (s *Server) FindDataSources(
	ctx context.Context, req *anodotv1.FindDataSourcesRequest,
) (*anodotv1.FindDataSourcesResponse, error) {
	find := read("find_data_sources", sourcesPath+"/find")
	find.Query = url.Values{"searchQuery": {req.GetSearchQuery()}}
	sources, rejected, err := listObjects[anodotv1.DataSource](ctx, s, req.GetSource(), find)
	if err != nil {
		return nil, err
	}
	return &anodotv1.FindDataSourcesResponse{DataSources: sources, Rejected: rejected}, nil
}

// GetDataSource returns one data source.
func (s *Server) GetDataSource(
	ctx context.Context, req *anodotv1.GetDataSourceRequest,
) (*anodotv1.GetDataSourceResponse, error) {
	if err := needID("data_source_id", req.GetDataSourceId()); err != nil {
		return nil, err
	}
	source, err := call(s, req.GetSource(), func(c *client) (*anodotv1.DataSource, error) {
		return one(ctx, c, read("get_data_source", under(sourcesPath, req.GetDataSourceId())), objectOf[anodotv1.DataSource])
	})
	if err != nil {
		return nil, err
	}
	return &anodotv1.GetDataSourceResponse{DataSource: source}, nil
}

// ListChannels returns the account's channels, by type and by a text in their
// name.
func (s *Server) ListChannels(
	ctx context.Context, req *anodotv1.ListChannelsRequest,
) (*anodotv1.ListChannelsResponse, error) {
	list := read("list_channels", channelsPath)
	list.Query = queryOf("type", word(req.GetType()), "name", req.GetName())
	channels, rejected, err := listObjects[anodotv1.Channel](ctx, s, req.GetSource(), list)
	if err != nil {
		return nil, err
	}
	return &anodotv1.ListChannelsResponse{Channels: channels, Rejected: rejected}, nil
}

// listObjects makes a read whose answer is a list of objects. A record that
// cannot be read costs only itself.
func listObjects[T any, M identified[T]](
	ctx context.Context, s *Server, source string, req vendorhttp.Request,
) ([]*T, []*anodotv1.RejectedRecord, error) {
	records, err := call(s, source, func(c *client) ([]json.RawMessage, error) { return c.list(ctx, req) })
	if err != nil {
		return nil, nil, err
	}
	objects, rejected := adapter.ReadEach(records, objectOf[T, M])
	return objects, rejectedOf(rejected), nil
}

// queryOf returns the query of the pairs of names and values that have one.
func queryOf(pairs ...string) url.Values {
	query := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			query.Set(pairs[i], pairs[i+1])
		}
	}
	return query
}
