package anodot_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/signalbox-io/signalbox/pkg/config"
	anodotv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anodot/v1"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	"github.com/signalbox-io/signalbox/services/adapter/adaptertest"
	"github.com/signalbox-io/signalbox/services/adapter/anodot"
)

const (
	refreshToken = "722354b89ae60761f9fcxcxca613315c"
	tokenPath    = "/api/v2/access-token"
	alertID      = "20262fb3-00ba-412c-a515-aec74c4824cd"
)

// issuer answers the access-token call and leaves every other to next, if it
// carries the token issued last; otherwise it refuses as the vendor does.
type issuer struct {
	next   http.Handler
	issued atomic.Int32
}

// jwt returns the nth access token. Its life is a day, whatever the clock
// here says.
func jwt(n int32) string {
	claims := fmt.Sprintf(`{"data":"token-%04d","iat":1553685899,"exp":1553772299}`, n)
	return "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9." + base64.RawURLEncoding.EncodeToString([]byte(claims)) + ".c2lnbmF0dXJl"
}

func (i *issuer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == tokenPath {
		_, _ = fmt.Fprintf(w, "%q", jwt(i.issued.Add(1)))
		return
	}
	i.next.ServeHTTP(w, r)
}

func newBench(t *testing.T, handler http.Handler) *adaptertest.Bench {
	t.Helper()
	return newBareBench(t, &issuer{next: handler})
}

// newBareBench returns a bench whose vendor issues no token by itself.
func newBareBench(t *testing.T, handler http.Handler) *adaptertest.Bench {
	t.Helper()
	return adaptertest.New(t, adaptertest.Options{
		Vendor: eventv1.Vendor_VENDOR_ANODOT, Credential: refreshToken,
	}, anodot.New, handler)
}

// dataKey is the data collection key of accounts that send metrics.
const dataKey = "dc-key-0123456789abcdef"

// everything switches on what an account may have.
func everything(source *config.Source) {
	source.Anodot = config.Anodot{
		DataCollectionKey: config.NewSecret(dataKey), TriggeredAlerts: config.TriggeredLean, Anomalies: true,
	}
}

// newWholeBench returns a bench of an account that has everything.
func newWholeBench(t *testing.T, handler http.Handler) *adaptertest.Bench {
	t.Helper()
	return adaptertest.New(t, adaptertest.Options{
		Vendor: eventv1.Vendor_VENDOR_ANODOT, Credential: refreshToken, Configure: everything,
	}, anodot.New, &issuer{next: handler})
}

func clientOf(b *adaptertest.Bench) anodotv1.AnodotServiceClient {
	return anodotv1.NewAnodotServiceClient(b.Conn)
}

func listAlerts(ctx context.Context, b *adaptertest.Bench) error {
	_, err := clientOf(b).ListAlerts(ctx, &anodotv1.ListAlertsRequest{Source: adaptertest.Source})
	return err
}

func pause(ctx context.Context, b *adaptertest.Bench) error {
	_, err := clientOf(b).PauseAlert(ctx, &anodotv1.PauseAlertRequest{Source: adaptertest.Source, AlertId: alertID})
	return err
}

func resume(ctx context.Context, b *adaptertest.Bench) error {
	_, err := clientOf(b).ResumeAlert(ctx, &anodotv1.ResumeAlertRequest{Source: adaptertest.Source, AlertId: alertID})
	return err
}

// inTurn answers one call after the other, the last one again and again.
func inTurn(handlers ...http.Handler) http.Handler {
	var n atomic.Int32
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		i := min(int(n.Add(1)), len(handlers)) - 1
		handlers[i].ServeHTTP(w, r)
	})
}
