package anura_test

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	anurav1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anura/v1"
	"github.com/signalbox-io/signalbox/services/adapter/adaptertest"
)

func TestGetOverview_Exam(t *testing.T) {
	t.Parallel()
	adaptertest.Read{
		New: newBench, Secrets: []string{token, encodedToken},
		Statuses: map[int]adaptertest.Failure{http.StatusBadRequest: adaptertest.CredentialRefused()},
		Call: func(ctx context.Context, b *adaptertest.Bench) error {
			_, err := clientOf(b).GetOverview(ctx, lastWeek(t))
			return err
		},
	}.Exercise(t)
}

func TestGetOverview_TotalsAndDays(t *testing.T) {
	t.Parallel()
	answer := adaptertest.Recorded(t, "overview.json")
	b := newBench(t, adaptertest.Answer(http.StatusOK, answer))
	got, err := clientOf(b).GetOverview(t.Context(), lastWeek(t))
	require.NoError(t, err)
	require.Equal(t, answer, got.GetRaw())
	got.Raw = ""
	adaptertest.Golden(t, "overview.golden.json", got)
}

func TestGetOverview_TheRequest(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ instance, campaign, want string }{
		"everything":      {"", "", `{"token":"` + encodedToken + `","start":20260901,"end":20260902,"chart":true}`},
		"an instance":     {"1001", "", `{"token":"` + encodedToken + `","start":20260901,"end":20260902,"chart":true,"instance":1001}`},
		"all, a campaign": {"All Instances", "spring sale & more", `{"token":"` + encodedToken + `","start":20260901,"end":20260902,"chart":true,"instance":"All+Instances","campaign":"spring+sale+%26+more"}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, adaptertest.Answer(http.StatusOK, `{"total":{"nonsuspect":0,"suspect":0},"chart":[["Date","Suspect","Non-Suspect"]]}`))
			req := lastWeek(t)
			req.Instance, req.Campaign = tc.instance, tc.campaign
			got, err := clientOf(b).GetOverview(t.Context(), req)
			require.NoError(t, err)
			require.Empty(t, got.GetDays())
			requests := b.Requests()
			require.Len(t, requests, 1)
			require.Equal(t, http.MethodPost, requests[0].Method)
			require.Equal(t, "/v1/direct/overview", requests[0].Path)
			require.Equal(t, "application/json", requests[0].Header.Get("Content-Type"))
			require.JSONEq(t, withDays(tc.want, req), requests[0].Body)
		})
	}
}

// withDays puts the request's days in the place of the fixed ones.
func withDays(body string, req *anurav1.GetOverviewRequest) string {
	return strings.NewReplacer(
		"20260901", strconv.Itoa(int(req.GetStart())), "20260902", strconv.Itoa(int(req.GetEnd())),
	).Replace(body)
}

func TestGetOverview_ShapesOfTheChart(t *testing.T) {
	t.Parallel()
	const total = `"total":{"nonsuspect":"151","suspect":49}`
	const want = `{"day":20260924,"suspect":"49","nonsuspect":"151"}`
	for name, chart := range map[string]string{
		"as seen":       `[["Date","Suspect","Non-Suspect"],["20260924",49,151]]`,
		"other columns": `[["Non-Suspect","Mobile","Date","Suspect"],[151,7,20260924,"49"]]`,
		"encoded":       `[["Date","Suspect","Non%2DSuspect"],["20260924","49","151"]]`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, adaptertest.Answer(http.StatusOK, `{`+total+`,"chart":`+chart+`}`))
			got, err := clientOf(b).GetOverview(t.Context(), lastWeek(t))
			require.NoError(t, err)
			require.Equal(t, int64(49), got.GetTotal().GetSuspect())
			require.Equal(t, int64(151), got.GetTotal().GetNonsuspect())
			require.Len(t, got.GetDays(), 1)
			adaptertest.EqualJSON(t, want, got.GetDays()[0])
			require.Empty(t, got.GetRejected())
		})
	}
}

func TestGetOverview_ABadDayIsRejectedAndItsNeighboursPass(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ row, reason string }{
		"no list":        {`7`, "row is no list"},
		"null":           {`null`, "row is shorter than the chart's first one"},
		"too short":      {`["20260924"]`, "row is shorter than the chart's first one"},
		"no day":         {`["soon",1,1]`, `"soon" is no day of the form YYYYMMDD`},
		"less than none": {`["20260924",-1,1]`, "-1 is no count"},
		"half a request": {`["20260924",1.5,1]`, "1.5 is no count"},
		"too many":       {`["20260924",1e300,1]`, "is no count"},
		"no count":       {`["20260924",null,1]`, "row lacks a count"},
		"a word":         {`["20260924","many",1]`, `"many" is no number`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, adaptertest.Answer(http.StatusOK, `{"total":{"nonsuspect":1,"suspect":1},
				"chart":[["Date","Suspect","Non-Suspect"],["20260923",1,1],`+tc.row+`,["20260925",1,1]]}`))
			got, err := clientOf(b).GetOverview(t.Context(), lastWeek(t))
			require.NoError(t, err)
			require.Len(t, got.GetDays(), 2)
			require.Len(t, got.GetRejected(), 1)
			require.Equal(t, int32(2), got.GetRejected()[0].GetIndex())
			require.Contains(t, got.GetRejected()[0].GetReason(), tc.reason)
			require.Equal(t, tc.row, got.GetRejected()[0].GetRaw())
			require.NotContains(t, b.Log.String(), "WARN", "the caller is told")
		})
	}
}

func TestGetOverview_WithoutAChartOneDayIsTheTotal(t *testing.T) {
	t.Parallel()
	b := newBench(t, adaptertest.Answer(http.StatusOK, `{"total":{"nonsuspect":151,"suspect":49,"mobile":3}}`))
	req := lastWeek(t)
	req.Start = req.GetEnd()
	got, err := clientOf(b).GetOverview(t.Context(), req)
	require.NoError(t, err)
	require.Len(t, got.GetDays(), 1)
	require.Equal(t, req.GetEnd(), got.GetDays()[0].GetDay())
	require.Equal(t, int64(49), got.GetDays()[0].GetSuspect())
	require.Equal(t, int64(151), got.GetDays()[0].GetNonsuspect())

	_, err = clientOf(b).GetOverview(t.Context(), lastWeek(t))
	b.Expect(t, err, adaptertest.BadAnswer(), token)
}

func TestGetOverview_AnswersThatAreNone(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"no suspect":      `{"total":{"nonsuspect":1},"chart":[["Date","Suspect","Non-Suspect"]]}`,
		"a negative":      `{"total":{"nonsuspect":-1,"suspect":1},"chart":[["Date","Suspect","Non-Suspect"]]}`,
		"no table":        `{"total":{"nonsuspect":1,"suspect":1},"chart":{"a":1}}`,
		"no head":         `{"total":{"nonsuspect":1,"suspect":1},"chart":[["20260924",1,1]]}`,
		"a head of lists": `{"total":{"nonsuspect":1,"suspect":1},"chart":[[["Date"]]]}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, adaptertest.Answer(http.StatusOK, body))
			_, err := clientOf(b).GetOverview(t.Context(), lastWeek(t))
			b.Expect(t, err, adaptertest.BadAnswer(), token)
		})
	}
}

func TestGetOverview_OneRequestIsUnderWayAtATime(t *testing.T) {
	t.Parallel()
	var now, most atomic.Int32
	b := newBench(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		most.Store(max(most.Load(), now.Add(1)))
		defer now.Add(-1)
		timer := time.NewTimer(20 * time.Millisecond)
		defer timer.Stop()
		<-timer.C
		adaptertest.Answer(http.StatusOK, adaptertest.Recorded(t, "overview.json")).ServeHTTP(w, r)
	}))
	errs := make([]error, 5)
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() { _, errs[i] = clientOf(b).GetOverview(t.Context(), lastWeek(t)) })
	}
	wg.Wait()
	for _, err := range errs {
		require.NoError(t, err)
	}
	require.Equal(t, int32(1), most.Load())
}

func TestGetOverview_WhoCannotWaitForAnothersRequestIsToldSo(t *testing.T) {
	t.Parallel()
	arrived, released := make(chan struct{}, 1), make(chan struct{})
	release := sync.OnceFunc(func() { close(released) })
	b := newBench(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		arrived <- struct{}{}
		<-released
		adaptertest.Answer(http.StatusOK, adaptertest.Recorded(t, "overview.json")).ServeHTTP(w, r)
	}))
	t.Cleanup(release)
	first, request := make(chan error, 1), lastWeek(t)
	go func() {
		_, err := clientOf(b).GetOverview(t.Context(), request)
		first <- err
	}()
	<-arrived
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second+50*time.Millisecond)
	defer cancel()
	b.Expect(t, overview(ctx, t, b), adaptertest.RateLimited(), token)
	require.NoError(t, ctx.Err(), "told while time is left")
	release()
	require.NoError(t, <-first)
	require.Equal(t, 1, b.Calls())
}

func TestGetOverview_ASlowAnswerIsNotAskedAgain(t *testing.T) {
	t.Parallel()
	for timeout := 50 * time.Millisecond; ; timeout *= 2 {
		b := newSlowBench(t, timeout)
		_, err := clientOf(b).GetOverview(t.Context(), lastWeek(t))
		b.Expect(t, err, adaptertest.DeadlineExceeded(), token)
		if b.Calls() == 0 {
			continue // the machine was too slow even to ask
		}
		require.Equal(t, 1, b.Calls())
		return
	}
}

func TestGetOverview_AWindowTheVendorRefusesIsNotAskedFor(t *testing.T) {
	t.Parallel()
	b := newBench(t, http.NotFoundHandler())
	for _, tc := range []struct {
		start, end int32
		field      string
	}{
		{0, day(t, 0), "start"},
		{20260230, day(t, 0), "start"},
		{day(t, 40), day(t, 0), "start"},
		{day(t, 1), 0, "end"},
		{day(t, 0), day(t, 1), "end"},
		{day(t, 1), day(t, -2), "end"},
	} {
		_, err := clientOf(b).GetOverview(t.Context(), &anurav1.GetOverviewRequest{
			Source: adaptertest.Source, Start: tc.start, End: tc.end,
		})
		b.ExpectInvalid(t, err, tc.field)
	}
}

func TestGetOverview_WhatTheVendorEchoesOfTheTokenIsScrubbed(t *testing.T) {
	t.Parallel()
	b := newBench(t, adaptertest.Answer(http.StatusOK,
		`{"total":{"nonsuspect":1,"suspect":1},"chart":[["Date","Suspect","Non-Suspect"],["`+encodedToken+`",1,1]],"query":{"token":"`+encodedToken+`"}}`))
	got, err := clientOf(b).GetOverview(t.Context(), lastWeek(t))
	require.NoError(t, err)
	require.Empty(t, got.GetDays())
	require.Len(t, got.GetRejected(), 1)
	require.Equal(t, `["[redacted]",1,1]`, got.GetRejected()[0].GetRaw())
	for _, secret := range []string{token, encodedToken} {
		require.NotContains(t, got.String(), secret)
		require.NotContains(t, b.Seen(nil), secret)
	}
}

func TestBudget_ThirtyCallsAMinute(t *testing.T) {
	t.Parallel()
	b := newBench(t, adaptertest.Answer(http.StatusOK, `{"instances":[]}`))
	adaptertest.ExerciseBudget(t, b, 30, listInstances)
}
