package securereporter_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	securereporterv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/securereporter/v1"
	"github.com/signalbox-io/signalbox/services/adapter/adaptertest"
)

func TestListChoices_InEveryAssumedShape(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ answer, want string }{
		"values":           {`["shop", 7, true]`, `shop=shop 7=7 true=true `},
		"pairs":            {`[["shop","The shop"],[7,"Seven"],["x"]]`, `shop=The shop 7=Seven x=x `},
		"objects":          {`[{"value":"shop","label":"The shop"},{"id":7,"name":"Seven"},{"key":"x"}]`, `shop=The shop 7=Seven x=x `},
		"under choices":    {`{"ok":true,"choices":["a"]}`, `a=a `},
		"under records":    {`{"message":"","ok":true,"records":[{"value":"a","text":"A","active":"Y"}]}`, `a=A `},
		"by value":         {`{"choices":{"b":"B","a":"A"}}`, `a=A b=B `},
		"a label is null":  {`[{"value":"a","label":null}]`, `a=a `},
		"an empty value":   {`[{"value":"","label":"All"}]`, `=All `},
		"none":             {`[]`, ``},
		"exact numbers":    {`[9007199254740993]`, `9007199254740993=9007199254740993 `},
		"a label is a map": {`[{"value":"a","label":{"en":"A"}}]`, `a=a `},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, adaptertest.Answer(http.StatusOK, tc.answer))
			got, err := clientOf(b).ListChoices(t.Context(), &securereporterv1.ListChoicesRequest{Source: adaptertest.Source, ReportFieldId: 1})
			require.NoError(t, err)
			require.Empty(t, got.GetRejected())
			require.Equal(t, tc.answer, got.GetRaw())
			var text strings.Builder
			for _, choice := range got.GetChoices() {
				text.WriteString(choice.GetValue() + "=" + choice.GetLabel() + " ")
			}
			require.Equal(t, tc.want, text.String())
		})
	}
}

func TestListChoices_ABadOneIsRejectedAndItsNeighboursPass(t *testing.T) {
	t.Parallel()
	b := newBench(t, adaptertest.Answer(http.StatusOK, `["a",null,{"label":"`+encoded+`"},[1,2,3],[],{"value":{"x":1}},{"value":"b","color":"red"}]`))
	got, err := clientOf(b).ListChoices(t.Context(), &securereporterv1.ListChoicesRequest{Source: adaptertest.Source, ReportFieldId: 1})
	require.NoError(t, err)
	require.Len(t, got.GetChoices(), 2)
	require.JSONEq(t, `{"value":"b","color":"red"}`, got.GetChoices()[1].GetRaw(), "what is not known is kept")
	require.Len(t, got.GetRejected(), 5)
	for i, r := range got.GetRejected() {
		require.Equal(t, int32(i+1), r.GetIndex())
		require.Equal(t, "choice has no value", r.GetReason())
	}
	require.JSONEq(t, `{"label":"[redacted]"}`, got.GetRejected()[1].GetRaw())
}

func TestGetServerTime_InEveryAssumedShape(t *testing.T) {
	t.Parallel()
	second := time.Date(2023, 7, 15, 14, 1, 20, 0, time.UTC)
	precise := second.Add(841_126 * time.Microsecond)
	for answer, want := range map[string]time.Time{
		`"2023-07-15 14:01:20.841126"`:                              precise,
		`2023-07-15 14:01:20.841126`:                                precise,
		"2023-07-15 14:01:20\n":                                     second,
		`"2023-07-15T14:01:20.841126+00:00"`:                        precise,
		`"2023-07-15T16:01:20+02:00"`:                               second,
		`"2023-07-15T14:01:20"`:                                     second,
		`"2023-07-15 14:01:20Z"`:                                    second,
		`"Sat, 15 Jul 2023 14:01:20 GMT"`:                           second,
		`{"server_time":"2023-07-15 14:01:20.841126","zone":"utc"}`: precise,
		`{"message":"","ok":true,"iso":"2023-07-15T14:01:20Z"}`:     second,
		`{"now":1689429680.5}`:                                      second.Add(500 * time.Millisecond),
		`1689429680`:                                                second,
	} {
		t.Run(answer, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, adaptertest.Answer(http.StatusOK, answer))
			got, err := clientOf(b).GetServerTime(t.Context(), &securereporterv1.GetServerTimeRequest{Source: adaptertest.Source})
			require.NoError(t, err)
			require.Equal(t, want, got.GetTime().AsTime())
			require.Equal(t, answer, got.GetRaw())
			iso, err := clientOf(b).GetServerIsoTime(t.Context(), &securereporterv1.GetServerIsoTimeRequest{Source: adaptertest.Source})
			require.NoError(t, err)
			require.Equal(t, want, iso.GetTime().AsTime())
			require.Equal(t, answer, iso.GetRaw())
		})
	}
}

func TestGetServerTime_ThatIsNone(t *testing.T) {
	t.Parallel()
	for _, answer := range []string{
		`"soon"`, `1689429680000`, `200000000000`, `12`, `-1`, `true`, `[]`, `{"time":null}`, `{"time":{"iso":"2023-07-15T14:01:20Z"}}`, `1e999`,
	} {
		b := newBench(t, adaptertest.Answer(http.StatusOK, answer))
		b.Expect(t, callOf("GetServerTime")(t.Context(), b), adaptertest.BadAnswer())
	}
}

func definition(t *testing.T, answer string) (*securereporterv1.GetReportDefinitionResponse, *adaptertest.Bench, error) {
	t.Helper()
	b := newBench(t, adaptertest.Answer(http.StatusOK, answer))
	got, err := clientOf(b).GetReportDefinition(t.Context(), &securereporterv1.GetReportDefinitionRequest{
		Source: adaptertest.Source, ReportId: 123,
	})
	return got, b, err
}

func TestGetReportDefinition_KeepsWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	const answer = `{"id":123,"name":"GST Balance","query":"select :_x","report_fields":[
		{"id":4,"name":"_x","field_order":0,"type":"date"},{"id":"5","name":7,"field_order":"last"}]}`
	got, _, err := definition(t, answer)
	require.NoError(t, err)
	require.JSONEq(t, answer, got.GetDefinition().GetRaw())
	got.Definition.Raw = ""
	adaptertest.EqualJSON(t, `{"definition":{"name":"GST Balance","extra":{"id":123,"query":"select :_x"},"fields":[
		{"id":"4","name":"_x","fieldOrder":"0","extra":{"type":"date"}},
		{"extra":{"id":"5","name":7,"field_order":"last"}}]}}`, got)
}

func TestGetReportDefinition_ABadFieldIsRejectedAndItsNeighboursPass(t *testing.T) {
	t.Parallel()
	got, _, err := definition(t, `{"fields":[7,{"name":"_x"},null]}`)
	require.NoError(t, err)
	require.Len(t, got.GetDefinition().GetFields(), 1)
	require.Len(t, got.GetRejected(), 2)
	require.Equal(t, int32(2), got.GetRejected()[1].GetIndex())

	deep := `{"fields":[],"x":` + strings.Repeat("[", 70) + strings.Repeat("]", 70) + `}`
	for _, answer := range []string{deep, `{"name":"x"}`, `{"fields":{}}`, `{"fields":null}`, `[]`, `{"fields":[1,2]}`} {
		_, b, err := definition(t, answer)
		b.Expect(t, err, adaptertest.BadAnswer())
	}
}
