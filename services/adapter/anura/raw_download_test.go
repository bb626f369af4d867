package anura_test

import (
	"archive/zip"
	"bytes"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/health"
	anurav1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anura/v1"
	"github.com/signalbox-io/signalbox/services/adapter/adaptertest"
	"github.com/signalbox-io/signalbox/services/simulator"
	"github.com/signalbox-io/signalbox/services/simulator/fault"
)

// linkSecret is in every link to a file.
const linkSecret = "sig/nature+of-the-link="

// withFile is a vendor whose raw report's link leads to a file of its own.
func withFile(file http.HandlerFunc) http.Handler {
	vendor := http.NewServeMux()
	vendor.HandleFunc("POST /v1/raw/download/{id}", func(w http.ResponseWriter, r *http.Request) {
		link := "http://" + r.Host + "/files/a.zip?" + url.Values{"signature": {linkSecret}}.Encode()
		_, _ = io.WriteString(w, `{"url":"`+url.QueryEscape(link)+`"}`)
	})
	vendor.HandleFunc("GET /files/a.zip", file)
	return vendor
}

func downloaded(t *testing.T, b *adaptertest.Bench, maxBytes int64) ([]*anurav1.DownloadRawReportResponse, error) {
	t.Helper()
	return drain(clientOf(b).DownloadRawReport(t.Context(), &anurav1.DownloadRawReportRequest{
		Source: source, RawReportId: rawID, MaxBytes: maxBytes,
	}))
}

func wholeFile(parts []*anurav1.DownloadRawReportResponse) []byte {
	var content []byte
	for _, p := range parts {
		content = append(content, p.GetContent()...)
	}
	return content
}

// archiveOf returns a ZIP archive that is longer than so many random bytes.
func archiveOf(t *testing.T, n int) []byte {
	t.Helper()
	var out bytes.Buffer
	archive := zip.NewWriter(&out)
	file, err := archive.Create("a.csv")
	require.NoError(t, err)
	content := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{}).Read(content)
	_, err = file.Write(content)
	require.NoError(t, err)
	require.NoError(t, archive.Close())
	return out.Bytes()
}

func TestDownload_SendsALongFileInParts(t *testing.T) {
	t.Parallel()
	archive := archiveOf(t, 20<<20) // longer than any other answer may be
	b := newBench(t, withFile(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "Application/ZIP; name=a")
		_, _ = w.Write(archive)
	}))
	parts, err := downloaded(t, b, 0)
	require.NoError(t, err)
	require.True(t, bytes.Equal(archive, wholeFile(parts)))
	require.Greater(t, len(parts), 300)
	require.Equal(t, "application/zip", parts[0].GetContentType())
	require.Zero(t, parts[0].GetSize(), "the host sent it in chunks")
	require.Empty(t, parts[1].GetContentType())

	asked := b.Requests()
	require.Len(t, asked, 2)
	require.Equal(t, "/v1/raw/download/"+rawID, asked[0].Path)
	require.Equal(t, http.Header{"User-Agent": {"signalbox"}, "Connection": {"close"}}, asked[1].Header)
	require.Empty(t, asked[1].Body)
	require.NotContains(t, b.Seen(nil), "nature")
}

// TestDownload_Hostile shows files that are none, and that neither the link nor
// the token is in what is said of them.
func TestDownload_Hostile(t *testing.T) {
	t.Parallel()
	text := func(status int, body string) http.HandlerFunc { return adaptertest.Answer(status, body).ServeHTTP }
	for name, tc := range map[string]struct {
		file http.HandlerFunc
		want adaptertest.Failure
		says string
	}{
		"a page":       {text(http.StatusOK, "<html>"+linkSecret), adaptertest.BadAnswer(), "the file is no ZIP archive"},
		"an error":     {text(http.StatusOK, `{"error":"`+linkSecret+`"}`), adaptertest.BadAnswer(), "no ZIP archive"},
		"two letters":  {text(http.StatusOK, "PK"), adaptertest.BadAnswer(), "no ZIP archive"},
		"nothing":      {text(http.StatusOK, ""), adaptertest.BadAnswer(), "the file is empty"},
		"too long":     {text(http.StatusOK, "PK\x03\x04"+strings.Repeat("x", 1<<20)), adaptertest.BadAnswer(), "longer than 1000000 bytes"},
		"ran out":      {text(http.StatusForbidden, "<Error>"+linkSecret), adaptertest.Refused(), "the file's host answered 403"},
		"a login":      {text(http.StatusUnauthorized, linkSecret), adaptertest.Refused(), "answered 401"},
		"gone":         {text(http.StatusGone, linkSecret), adaptertest.NotFound(), "answered 410"},
		"broken":       {text(http.StatusInternalServerError, linkSecret), adaptertest.Unavailable(), "answered 500"},
		"silence":      {adaptertest.Vanish, adaptertest.Unavailable(), "the file broke off"},
		"elsewhere":    {http.RedirectHandler("http://localhost:9/?"+linkSecret, http.StatusFound).ServeHTTP, adaptertest.BadAnswer(), "not public"},
		"half of it":   {halfAnArchive, adaptertest.Unavailable(), "broke off: unexpected EOF"},
		"round and on": {http.RedirectHandler("/files/a.zip", http.StatusFound).ServeHTTP, adaptertest.BadAnswer(), "led on"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, withFile(tc.file))
			_, err := downloaded(t, b, 1_000_000)
			b.Expect(t, err, tc.want, token, encodedToken, linkSecret, "nature")
			require.ErrorContains(t, err, tc.says)
			b.Expect(t, listInstances(t.Context(), b), adaptertest.NotFound())
			require.Equal(t, health.StateOK, b.SourceState(t).State, "the account goes on")
		})
	}
}

func halfAnArchive(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Length", "1000")
	_, _ = io.WriteString(w, "PK\x03\x04")
}

// TestDownload_FaultsOfTheSimulatedFile breaks the file of a report that is ready.
func TestDownload_FaultsOfTheSimulatedFile(t *testing.T) {
	t.Parallel()
	for kind, want := range map[fault.Kind]adaptertest.Failure{
		fault.Truncated: adaptertest.Unavailable(), fault.Reset: adaptertest.Unavailable(), fault.LoseAnswer: adaptertest.Unavailable(),
		fault.Status: adaptertest.Unavailable(), fault.RateLimit: adaptertest.RateLimited(), fault.HTML: adaptertest.BadAnswer(),
		fault.Empty: adaptertest.BadAnswer(), fault.Garbage: adaptertest.BadAnswer(), fault.Huge: adaptertest.BadAnswer(),
		fault.Unauthorized: adaptertest.Refused(),
	} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			vendor, b, id := newReadyReport(t)
			require.NoError(t, vendor.SetFault(fault.Fault{Vendor: "anura", Kind: kind, Path: "/v1/raw/file/*", Count: 1}))
			ask := &anurav1.DownloadRawReportRequest{Source: source, RawReportId: id}
			_, err := drain(clientOf(b).DownloadRawReport(t.Context(), ask))
			b.Expect(t, err, want, "signed/"+id)
			parts, err := drain(clientOf(b).DownloadRawReport(t.Context(), ask))
			require.NoError(t, err)
			require.Equal(t, 11, bytes.Count(unzip(t, wholeFile(parts)), []byte("\n")))
		})
	}
}

// newReadyReport is an account with a raw report of ten requests, ready.
func newReadyReport(t *testing.T) (*simulator.Server, *adaptertest.Bench, string) {
	t.Helper()
	var ahead atomic.Int64
	vendor, b := newSimulatedBench(t, simulator.Options{Now: func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }})
	fillShop(vendor)
	req := someRawReport(t)
	req.Start, req.Filters = day(t, 1), []*anurav1.RawFilter{{Column: "source", Operator: anurav1.RawOperator_RAW_OPERATOR_EQUALS, Value: "ads"}}
	made, err := clientOf(b).CreateRawReport(t.Context(), req)
	require.NoError(t, err)
	ahead.Store(int64(time.Minute))
	return vendor, b, made.GetRawReportId()
}
