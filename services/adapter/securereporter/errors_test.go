package securereporter_test

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/rpc"
	"github.com/signalbox-io/signalbox/services/adapter/adaptertest"
)

func TestErrors_AreToldByOKAndByTheStatus(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		status int
		body   string
		want   adaptertest.Failure
		says   string
	}{
		"not ok in a 200":     {200, `{"message":"no value for bind variable :_site","ok":false,"records":[]}`, adaptertest.Refused(), "the report is in error: no value for bind variable :_site"},
		"not ok, no records":  {200, `{"message":"division by zero","ok":false}`, adaptertest.Refused(), "division by zero"},
		"not ok, no message":  {200, `{"ok":false,"records":[{"a":1}]}`, adaptertest.Refused(), "no message"},
		"not ok in a 500":     {500, `{"message":"database is down","ok":false,"records":[]}`, adaptertest.Unavailable(), "vendor answered 500: database is down"},
		"not ok in a 404":     {404, `{"message":"there is no report","ok":false,"records":[]}`, adaptertest.NotFound(), "there is no report"},
		"ok in a 500":         {500, `{"message":"","ok":true,"records":[]}`, adaptertest.Unavailable(), "vendor answered 500"},
		"a wrong token":       {401, `{"message":"a valid token is required","ok":false}`, adaptertest.CredentialRefused(), "a valid token is required"},
		"nothing about ok":    {200, `{"message":"","records":[]}`, adaptertest.BadAnswer(), `does not say whether it is "ok"`},
		"ok is a word":        {200, `{"ok":"true","records":[]}`, adaptertest.BadAnswer(), "does not belong there"},
		"no records":          {200, `{"message":"","ok":true}`, adaptertest.BadAnswer(), "no list of records"},
		"records are null":    {200, `{"message":"","ok":true,"records":null}`, adaptertest.BadAnswer(), "no list of records"},
		"records by column":   {200, `{"message":"","ok":true,"records":{"a":{"0":1}}}`, adaptertest.BadAnswer(), "does not belong there"},
		"a value is no JSON":  {200, `{"message":"","ok":true,"records":[{"a":NaN}]}`, adaptertest.BadAnswer(), "answer is no JSON"},
		"the token, in prose": {200, `{"message":"token ` + token + ` may not","ok":false}`, adaptertest.Refused(), "[redacted] may not"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, adaptertest.Answer(tc.status, tc.body))
			_, err := callReport(t.Context(), b, "gst-balance", nil)
			b.Expect(t, err, tc.want, uuid, encoded)
			require.Contains(t, err.Error(), tc.says)
			require.Equal(t, strconv.Itoa(tc.status), rpc.Metadata(err)["http_status"])
		})
	}
}
