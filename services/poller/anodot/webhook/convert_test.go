package webhook_test

import (
	"io/fs"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/poll"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	"github.com/signalbox-io/signalbox/services/poller/anodot/webhook"
	"github.com/signalbox-io/signalbox/services/poller/pollertest"
)

const account = "anodot-prod"

func observed() time.Time { return time.Date(2026, 9, 24, 10, 33, 0, 0, time.UTC) }

func read(t *testing.T, name string) []byte {
	t.Helper()
	data, err := fs.ReadFile(os.DirFS("testdata"), name+".json")
	require.NoError(t, err)
	return data
}

func convert(t *testing.T, body string) poll.Batch {
	t.Helper()
	batch, _ := webhook.Convert(account, []byte(body), observed())
	return batch
}

func TestConvert_Golden(t *testing.T) {
	t.Parallel()
	for _, template := range []string{"standard", "extended"} {
		batch, refusal := webhook.Convert(account, read(t, template), observed())
		require.Nil(t, refusal, template)
		pollertest.Golden(t, template, batch)
	}
}

func TestConvert_AnEndTellsTheOpeningAgain(t *testing.T) {
	t.Parallel()
	open, over := convert(t, string(read(t, "standard"))), convert(t, string(read(t, "extended")))
	require.Len(t, open.Events, 1)
	require.Len(t, over.Events, 2)
	require.Equal(t, open.Events[0].GetId(), over.Events[0].GetId())
	require.Equal(t, open.Events[0].GetNativeId(), over.Events[1].GetNativeId())
	require.NotEqual(t, over.Events[0].GetId(), over.Events[1].GetId())
}

func TestConvert_ReadsEveryWordForWhereAFiringStands(t *testing.T) {
	t.Parallel()
	for status, want := range map[string]eventv1.Phase{
		"open": eventv1.Phase_PHASE_OPEN, "OPEN": eventv1.Phase_PHASE_OPEN, "": eventv1.Phase_PHASE_OPEN, "odd": eventv1.Phase_PHASE_OPEN,
		"UPDATE": eventv1.Phase_PHASE_UPDATED, "closed": eventv1.Phase_PHASE_CLOSED, "CLOSE": eventv1.Phase_PHASE_CLOSED,
	} {
		batch := convert(t, `{"startTimeEpoch":1790242800,"alertGroupId":"g","alerts":[{"alertId":"a","alertStatus":"`+status+`"}]}`)
		require.Equal(t, want, batch.Events[len(batch.Events)-1].GetAnomaly().GetPhase(), status)
	}
	group := convert(t, `{"startTimeEpoch":1,"alertGroupId":"g","alertGroupStatus":"CLOSED","alerts":[{"alertId":"a"}]}`)
	require.Len(t, group.Events, 2, "the group's status counts where the alert has none")
	group = convert(t, `{"startTimeEpoch":1,"alertGroupId":"g","alertGroupStatus":"UPDATE","alerts":[
		{"alertId":"a","alertStatus":"open"},{"alertId":"b","alertStatus":"closed"}]}`)
	require.Equal(t, eventv1.Phase_PHASE_UPDATED, group.Events[1].GetAnomaly().GetPhase(), "an open firing of a group that has changed")
	require.Equal(t, eventv1.Phase_PHASE_CLOSED, group.Events[3].GetAnomaly().GetPhase())
}

func TestConvert_TakesFieldsOfAnotherKindThanShown(t *testing.T) {
	t.Parallel()
	batch := convert(t, `{"startTimeEpoch":1790242800,"anomalyId":7,"severity":["high"],"type":"No Data","alerts":[
		{"alertId":"a","title":null,"metrics":[7,{"name":{"what":"x"},"peak":"lots","significance":"50"}]}]}`)
	require.Empty(t, batch.Rejected)
	e := batch.Events[0]
	require.Equal(t, "7/a", e.GetNativeId(), "the anomaly stands for a group that is not told")
	require.Equal(t, "alert a", e.GetTitle())
	require.Equal(t, eventv1.Severity_SEVERITY_UNSPECIFIED, e.GetSeverity())
	require.Equal(t, map[string]string{"alert_type": "no_data"}, e.GetLabels())
	require.InDelta(t, 0.5, e.GetAnomaly().GetScore(), 1e-9)
	require.Zero(t, e.GetAnomaly().GetValue())
	require.Equal(t, int64(1790242800), e.GetOccurredAt().GetSeconds())
}

func TestConvert_WhatCannotBeReadIsRejectedWithItsPlace(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		``:                             "unreadable the push is no JSON object",
		`<html>`:                       "unreadable the push is no JSON object",
		`[]`:                           "unreadable the push is no JSON object",
		`{"alerts":7}`:                 "unreadable the push is no JSON object",
		`null`:                         "no_alert the push has no list",
		`{"alerts":[]}`:                "no_alert the push has no list",
		`{"alerts":[7]}`:               "unreadable alerts[0] is no object",
		`{"alerts":[{}]}`:              "no_alert_id alerts[0]: it names no alert",
		`{"alerts":[{"alertId":"a"}]}`: "no_time alerts[0]: it does not say when",
		`{"startTimeEpoch":1790242800000,"alerts":[{"alertId":"a"}]}`: "no_time alerts[0]: it does not say when",
	} {
		batch, refusal := webhook.Convert(account, []byte(body), observed())
		require.NotNil(t, refusal, body)
		require.Empty(t, batch.Events)
		require.Len(t, batch.Rejected, 1)
		got := batch.Rejected[0]
		require.Contains(t, got.Reason+" "+got.Detail, want)
		require.Contains(t, body, strings.TrimSpace(got.Record))
	}
}

func FuzzConvert(f *testing.F) {
	for _, name := range []string{"standard", "extended"} {
		data, err := fs.ReadFile(os.DirFS("testdata"), name+".json")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte(`{"startTimeEpoch":1e300,"alerts":[{"alertId":"a","metrics":[{"significance":"NaN"}]}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		batch, refusal := webhook.Convert(account, body, observed())
		require.Equal(t, len(batch.Events) == 0, refusal != nil)
		for _, e := range batch.Events {
			require.False(t, e.GetOccurredAt().AsTime().After(observed()))
			require.NotEmpty(t, e.GetId())
		}
	})
}
