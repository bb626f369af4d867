package anodot_test

import (
	"net/http"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/rpc"
	"github.com/signalbox-io/signalbox/services/adapter/adaptertest"
)

// httpError is the document's second error format.
const httpError = `{"path":"/api/v2/bc/data-streams/1","message":"object not found in underlying storage",` +
	`"additionalInfo":null,"name":"HttpError","andtErrorCode":11002,"status":404}`

func TestErrors_EveryShapeIsRead(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		status int
		body   string
		want   adaptertest.Failure
		says   string
	}{
		"the document's, code as text":   {400, `{"errors":[{"index":"0","error":"1001","description":"Json parsing error"}]}`, adaptertest.Refused(), "vendor answered 400: code 1001 Json parsing error"},
		"the document's, code as number": {400, `{"errors":[{"index":null,"error":1001,"description":"Json parsing error"}]}`, adaptertest.Refused(), "code 1001 Json parsing error"},
		"two errors":                     {400, `{"errors":[{"error":1001,"description":"a"},{"error":1002}]}`, adaptertest.Refused(), "code 1001 a; code 1002"},
		"HttpError":                      {404, httpError, adaptertest.NotFound(), "code 11002 object not found in underlying storage"},
		"one object":                     {400, `{"error":{"error":3015,"description":"bad event"}}`, adaptertest.Refused(), "code 3015 bad event"},
		"texts":                          {400, `{"errors":["Data collection token is invalid"]}`, adaptertest.Refused(), "Data collection token is invalid"},
		"curly quotes":                   {400, `{ “errors”:[ ] }`, adaptertest.Refused(), "vendor answered 400"},
		"unknown shape":                  {500, `{"errors":[[1]]}`, adaptertest.Unavailable(), "an error of unknown shape"},
		"calls exceeded":                 {400, `{"errors":[{"error":1004,"description":"API calls rate exceeded"}]}`, adaptertest.RateLimited(), "code 1004"},
		"calls exceeded, as 429":         {429, `{"errors":[{"error":1004,"description":"API calls rate exceeded"}]}`, adaptertest.RateLimited(), "code 1004"},
		"calls exceeded, as 500":         {500, `{"errors":[{"error":"1004"}]}`, adaptertest.RateLimited(), "code 1004"},
		"concurrent calls":               {400, `{"errors":[{"error":2002}]}`, adaptertest.RateLimited(), "code 2002"},
		"metrics a second":               {403, `{"errors":[{"error":2003}]}`, adaptertest.RateLimited(), "code 2003"},
		"token inactive, as 400":         {400, `{"errors":[{"error":2001,"description":"Token is not active"}]}`, adaptertest.CredentialRefused(), "code 2001 Token is not active"},
		"moved":                          {304, ``, adaptertest.BadAnswer(), "vendor answered 304"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, adaptertest.Answer(tc.status, tc.body))
			err := pause(t.Context(), b)
			if tc.status == http.StatusInternalServerError && tc.want == adaptertest.Unavailable() || tc.status == http.StatusNotModified {
				tc.want = adaptertest.OutcomeUnknown()
			}
			b.Expect(t, err, tc.want, refreshToken)
			require.Contains(t, err.Error(), tc.says)
			require.Equal(t, strconv.Itoa(tc.status), rpc.Metadata(err)["http_status"])
		})
	}
}

func TestRateLimited_WithoutRetryAfterWaitsForTheNextMinute(t *testing.T) {
	t.Parallel()
	b := newBench(t, adaptertest.Answer(http.StatusBadRequest, `{"errors":[{"error":1004}]}`))
	err := pause(t.Context(), b)
	b.Expect(t, err, adaptertest.RateLimited())
	wait, convErr := strconv.Atoi(rpc.Metadata(err)["retry_after_ms"])
	require.NoError(t, convErr)
	require.Positive(t, wait)
	require.LessOrEqual(t, wait, 60_000)
}
