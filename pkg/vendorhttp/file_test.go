package vendorhttp_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/vendorhttp"
)

// signed is in every link of these tests.
const signed = "signature=s3cret-of-the-link"

const largest = 1 << 20

// fetch reads a file of the vendor's own host, or of another.
func (v *vendor) fetch(t *testing.T, link string) ([]vendorhttp.Part, error) {
	t.Helper()
	var parts []vendorhttp.Part
	err := v.client.Fetch(t.Context(), vendorhttp.File{Operation: "get file", Link: link, MaxBytes: largest},
		func(p vendorhttp.Part) error {
			parts = append(parts, p)
			return nil
		})
	if err != nil {
		seen := err.Error() + v.log.String() + strings.Join(v.metric(t, "signalbox_vendor_requests_total", "operation"), " ")
		require.NotContains(t, seen, "s3cret-of-the-link")
	}
	return parts, err
}

// link returns a link to a path of the vendor's own host.
func (v *vendor) link(path string) string { return v.url + path + "?" + signed }

func TestFetch_HandsAFileOnInParts(t *testing.T) {
	t.Parallel()
	file, asked := bytes.Repeat([]byte("PK\x00\xff"), 50_000), make(chan *http.Request, 1)
	v := newVendor(t, func(w http.ResponseWriter, r *http.Request) {
		asked <- r
		w.Header().Set("Content-Type", "application/zip")
		w.Header().Set("Content-Length", strconv.Itoa(len(file)))
		_, _ = w.Write(file)
	})
	parts, err := v.fetch(t, v.link("/a.zip"))
	require.NoError(t, err)
	require.Len(t, parts, 4)
	var content []byte
	for _, p := range parts {
		require.LessOrEqual(t, len(p.Content), 64<<10)
		require.Equal(t, "application/zip", p.ContentType)
		require.EqualValues(t, len(file), p.Size)
		content = append(content, p.Content...)
	}
	require.Equal(t, file, content)
	r := <-asked
	require.Equal(t, signed, r.URL.RawQuery)
	require.Equal(t, http.Header{"User-Agent": {"signalbox"}, "Connection": {"close"}}, r.Header, "and no credential")
	require.Equal(t, []string{"get file 1"}, v.metric(t, "signalbox_vendor_requests_total", "operation"))
}

func TestFetch_SaysWhatIsWrongAndNotTheLink(t *testing.T) {
	t.Parallel()
	answer := func(status int) http.HandlerFunc { return text(status, "you asked for "+signed) }
	for name, tc := range map[string]struct {
		handler http.HandlerFunc
		kind    vendorhttp.Kind
		says    string
	}{
		"gone":          {answer(http.StatusGone), vendorhttp.NotFound, "the file's host answered 410"},
		"not there":     {answer(http.StatusNotFound), vendorhttp.NotFound, "answered 404"},
		"ran out":       {answer(http.StatusForbidden), vendorhttp.Refused, "ask for a new link"},
		"a login":       {answer(http.StatusUnauthorized), vendorhttp.Refused, "answered 401"},
		"busy":          {answer(http.StatusTooManyRequests), vendorhttp.RateLimited, "answered 429"},
		"broken":        {answer(http.StatusBadGateway), vendorhttp.Unavailable, "answered 502"},
		"nothing":       {answer0, vendorhttp.BadAnswer, "the file is empty"},
		"vanishing":     {vanish, vendorhttp.Unavailable, "the file broke off"},
		"half of it":    {halfOf, vendorhttp.Unavailable, "the file broke off: unexpected EOF"},
		"too long":      {sized(largest + 1), vendorhttp.BadAnswer, "longer than 1048576 bytes"},
		"endless":       {endless, vendorhttp.BadAnswer, "longer than 1048576 bytes"},
		"round and on":  {redirectTo("/again?" + signed), vendorhttp.BadAnswer, "led on 4 times"},
		"to nowhere":    {redirectTo("%zz" + signed), vendorhttp.BadAnswer, "without a place to go"},
		"to a file":     {redirectTo("file:///etc/passwd?" + signed), vendorhttp.BadAnswer, "no URL with a host"},
		"to the inside": {redirectTo("http://localhost:1/?" + signed), vendorhttp.BadAnswer, "an address that is not public"},
		"to a cloud":    {redirectTo("http://169.254.169.254/?" + signed), vendorhttp.BadAnswer, "an address that is not public"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := newVendor(t, tc.handler)
			_, err := v.fetch(t, v.link("/"))
			require.True(t, vendorhttp.IsKind(err, tc.kind), "%v", err)
			require.ErrorContains(t, err, tc.says)
			require.ErrorContains(t, err, "get file at acme-prod: ")
		})
	}
}

func TestFetch_EndsWithItsTaker(t *testing.T) {
	t.Parallel()
	v := newVendor(t, endless)
	gone := errors.New("the caller is gone")
	err := v.client.Fetch(t.Context(), vendorhttp.File{Operation: "get file", Link: v.link("/"), MaxBytes: largest},
		func(vendorhttp.Part) error { return gone })
	require.Same(t, gone, err)
	err = v.client.Fetch(t.Context(), vendorhttp.File{Operation: "get file", Link: v.link("/"), MaxBytes: largest},
		func(vendorhttp.Part) error { return vendorhttp.Errorf(vendorhttp.BadAnswer, "no archive") })
	require.True(t, vendorhttp.IsKind(err, vendorhttp.BadAnswer), "%v", err)
	require.EqualError(t, err, "get file at acme-prod: no archive")
}

// TestFetch_WaitsForEachPartAndNoLonger lets a host send for longer than one wait,
// and another fall silent.
func TestFetch_WaitsForEachPartAndNoLonger(t *testing.T) {
	t.Parallel()
	const wait = 300 * time.Millisecond
	released := make(chan struct{})
	v := newVendor(t, func(w http.ResponseWriter, r *http.Request) {
		part := make([]byte, 64<<10)
		for range 8 {
			_, _ = w.Write(part)
			_ = http.NewResponseController(w).Flush()
			<-time.After(wait / 4)
		}
		if r.URL.Path == "/silent" {
			<-released
		}
	}, func(o *vendorhttp.Options) { o.Timeout = wait })
	t.Cleanup(func() { close(released) })
	parts, err := v.fetch(t, v.link("/"))
	require.NoError(t, err)
	require.Len(t, parts, 8)
	_, err = v.fetch(t, v.link("/silent"))
	require.True(t, vendorhttp.IsKind(err, vendorhttp.Deadline), "%v", err)
	require.ErrorContains(t, err, "sent nothing for 300ms")
}

func TestFetch_EndsWithItsCaller(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	v := newVendor(t, func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	})
	err := v.client.Fetch(ctx, vendorhttp.File{Operation: "get file", Link: v.link("/"), MaxBytes: 1}, nil)
	require.True(t, vendorhttp.IsKind(err, vendorhttp.Cancelled), "%v", err)
}

// TestFetch_OneFileAtATime fails a second reading that cannot begin in time.
func TestFetch_OneFileAtATime(t *testing.T) {
	t.Parallel()
	v := newVendor(t, text(http.StatusOK, "PK"))
	file := vendorhttp.File{Operation: "get file", Link: v.link("/"), MaxBytes: largest}
	err := v.client.Fetch(t.Context(), file, func(vendorhttp.Part) error {
		soon, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		err := v.client.Fetch(soon, file, nil)
		require.True(t, vendorhttp.IsKind(err, vendorhttp.RateLimited), "%v", err)
		return nil
	})
	require.NoError(t, err)
	require.EqualValues(t, 1, v.calls.Load())
}
