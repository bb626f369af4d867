package anomify_test

import (
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	anomifyv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anomify/v1"
	"github.com/signalbox-io/signalbox/services/adapter/adaptertest"
)

const pngBytes = "\x89PNG\r\n\x1a\n\x00\x00\xff\xfe\x80"

// declared answers 200 with a body of a media type.
func declared(mediaType, body string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", mediaType)
		_, _ = io.WriteString(w, body)
	})
}

func getGraph(t *testing.T, b *adaptertest.Bench) (*anomifyv1.Image, error) {
	t.Helper()
	got, err := clientOf(b).GetMetricGraph(t.Context(), &anomifyv1.GetMetricGraphRequest{Source: source, Metric: metric})
	return got.GetImage(), err
}

func TestImage_BytesComeAsTheyAre(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ declared, body, want string }{
		"png":             {"image/png", pngBytes, "image/png"},
		"of no type":      {"application/octet-stream", pngBytes, "image/png"},
		"of another type": {"image/jpeg", pngBytes, "image/png"},
		"gif":             {"image/gif; x=y", "GIF89a\xff\x00", "image/gif"},
		"svg":             {"image/svg+xml", `<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>`, "image/svg+xml"},
		"svg as text":     {"text/xml", ` <svg xmlns="http://www.w3.org/2000/svg"/>`, "image/svg+xml"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			image, err := getGraph(t, newBench(t, declared(tc.declared, tc.body)))
			require.NoError(t, err)
			require.Equal(t, tc.body, string(image.GetContent()))
			require.Equal(t, tc.want, image.GetContentType())
		})
	}
}

func TestImage_WhatIsNoPictureIsRefused(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		declared, body string
		want           adaptertest.Failure
	}{
		"a page called png":    {"image/png", "<!DOCTYPE html><html><svg></svg></html>", adaptertest.BadAnswer()},
		"an envelope":          {"application/json", `{"status":{"code":200},"data":{"url":"x"}}`, adaptertest.BadAnswer()},
		"an envelope of a 401": {"application/json", `{"status":{"code":401},"data":{"message":"` + token + `"}}`, adaptertest.CredentialRefused()},
		"a picture as text":    {"text/plain", pngBytes, adaptertest.BadAnswer()},
		"one with the token":   {"image/png", pngBytes + token, adaptertest.BadAnswer()},
		"svg with the token":   {"image/svg+xml", "<svg><text>" + token + "</text></svg>", adaptertest.BadAnswer()},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, declared(tc.declared, tc.body))
			_, err := getGraph(t, b)
			b.Expect(t, err, tc.want, token)
		})
	}
}

func TestImage_TwentyAMinute(t *testing.T) {
	t.Parallel()
	b := newBench(t, declared("image/png", pngBytes))
	adaptertest.ExerciseBudget(t, b, 20, calls()["GetMetricGraph"].make)
}
