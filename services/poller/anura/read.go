package anura

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/signalbox-io/signalbox/pkg/config"
	"github.com/signalbox-io/signalbox/pkg/poll"
	anurav1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anura/v1"
)

// mostRows bounds what is read of one table: it stays in memory until it is
// published.
const mostRows = 10_000

// read returns what one report says of the days that the window touches.
func (s *Source) read(ctx context.Context, p part, w poll.Window) (poll.Batch, error) {
	switch p.report {
	case config.AnuraOverview:
		return s.readOverview(ctx, p.Place, w)
	case scriptOverview:
		return s.readScript(ctx, p.Place, w)
	default:
		return s.readTables(ctx, p, w)
	}
}

// question is about the days of the window that are among the last so many. Of
// a window that lies before them, First is behind Last. An answer may take
// minutes; what is counted is at least what had happened when it was asked for.
func (s *Source) question(place Place, w poll.Window, days int) Question {
	at := s.now()
	oldest := dayOf(at).AddDate(0, 0, 1-days)
	return Question{Place: place, At: at, First: later(dayOf(w.From), oldest), Last: dayOf(w.To)}
}

// overviewQuestion asks for a window that lies too far back all the same, so
// that whoever wanted it is told why there is no answer.
func (s *Source) overviewQuestion(place Place, w poll.Window) Question {
	asked := s.question(place, w, maxDays)
	if asked.First.After(asked.Last) {
		asked.First = dayOf(w.From)
	}
	return asked
}

func (s *Source) readOverview(ctx context.Context, place Place, w poll.Window) (poll.Batch, error) {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	asked := s.overviewQuestion(place, w)
	answer, err := s.client.GetOverview(ctx, &anurav1.GetOverviewRequest{
		Source: s.name, Instance: place.Instance, Campaign: place.Campaign,
		Start: number(asked.First), End: number(asked.Last),
	})
	if err != nil {
		return poll.Batch{}, err
	}
	return Convert(s.name, asked, answer), nil
}

func (s *Source) readScript(ctx context.Context, place Place, w poll.Window) (poll.Batch, error) {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	asked := s.overviewQuestion(place, w)
	answer, err := s.client.GetScriptOverview(ctx, &anurav1.GetScriptOverviewRequest{
		Source: s.name, Instance: place.Instance, Campaign: place.Campaign,
		Start: number(asked.First), End: number(asked.Last),
	})
	if err != nil {
		return poll.Batch{}, err
	}
	return ConvertScript(s.name, asked, answer), nil
}

// readTables reads a table of each day by itself: a table adds its days up. Days
// of which the vendor has an overview but no table any more are left out. A day
// that cannot be read ends it, and what was read before is kept.
func (s *Source) readTables(ctx context.Context, p part, w poll.Window) (poll.Batch, error) {
	var all poll.Batch
	whole := s.question(p.Place, w, maxTableDays)
	for day := whole.First; !day.After(whole.Last); day = day.AddDate(0, 0, 1) {
		asked := Question{Place: p.Place, First: day, Last: day, At: s.now()}
		batch, err := s.readTable(ctx, p, asked)
		all.Append(batch)
		if err != nil {
			return all, err
		}
	}
	return all, nil
}

// readTable reads the pages of one table. Each page has the timeout of a call.
func (s *Source) readTable(ctx context.Context, p part, asked Question) (poll.Batch, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	late := time.AfterFunc(s.timeout, func() { cancel(context.DeadlineExceeded) })
	defer late.Stop()
	var batch poll.Batch
	pages, err := s.client.ListReportRows(ctx, s.tableRequest(p, asked))
	for rows := 0; err == nil; {
		var page *anurav1.ListReportRowsResponse
		if page, err = pages.Recv(); err != nil {
			break
		}
		late.Reset(s.timeout)
		batch.Append(convertRows(s.name, p, asked, page))
		if rows += len(page.GetRows()); rows >= s.maxRows && page.GetResults() > int64(rows) {
			batch.RejectOf(p.tableID(asked.First), "too_many_rows",
				fmt.Sprintf("%s of %s on %d has %d rows, %d are read; poll campaigns one by one",
					p.report, p.Place, number(asked.First), page.GetResults(), rows), p.tableID(asked.First))
			return batch, nil
		}
	}
	switch {
	case errors.Is(err, io.EOF):
		return batch, nil
	case errors.Is(context.Cause(ctx), context.DeadlineExceeded):
		return batch, status.Errorf(codes.DeadlineExceeded, "no page within %s", s.timeout)
	default:
		return batch, err
	}
}

func (s *Source) tableRequest(p part, asked Question) *anurav1.ListReportRowsRequest {
	_, product := p.product()
	dimension, _ := p.dimension()
	return &anurav1.ListReportRowsRequest{
		Source: s.name, Product: product, Dimension: dimension, Instance: p.Instance, Campaign: p.Campaign,
		Start: number(asked.First), End: number(asked.Last),
	}
}
