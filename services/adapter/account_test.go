package adapter_test

import (
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/signalbox-io/signalbox/pkg/config"
	"github.com/signalbox-io/signalbox/pkg/health"
	"github.com/signalbox-io/signalbox/pkg/rpc"
	"github.com/signalbox-io/signalbox/pkg/vendorhttp"
	eventv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/event/v1"
	"github.com/signalbox-io/signalbox/services/adapter"
)

const secret = "hunter2-0123456789abcdef"

// caller is a vendor's client that has nothing of a vendor's own.
type caller struct{ http *vendorhttp.Client }

func (c caller) read(t *testing.T) error {
	t.Helper()
	_, err := c.http.Do(t.Context(), vendorhttp.Request{
		Operation: "read", Method: http.MethodGet, Path: "/", Budgets: []string{"all"},
	})
	return err
}

func vendorOf() adapter.Vendor[caller] {
	return adapter.Vendor[caller]{
		Options: func(source config.Source) vendorhttp.Options {
			return vendorhttp.Options{
				Timeout:  source.Timeout,
				Redactor: vendorhttp.NewRedactor(source.Credential.Reveal()),
				Budgets:  []vendorhttp.Budget{{Name: "all", Calls: 2}},
			}
		},
		Client: func(_ config.Source, h *vendorhttp.Client) caller { return caller{h} },
	}
}

func sourceAt(name, url string) config.Source {
	return config.Source{
		Name: name, Vendor: eventv1.Vendor_VENDOR_ANURA, BaseURL: url,
		Credential: config.NewSecret(secret), Timeout: time.Second,
	}
}

func newBase(t *testing.T, sources ...config.Source) adapter.Base {
	t.Helper()
	return adapter.Base{
		Vendor:     eventv1.Vendor_VENDOR_ANURA,
		Config:     config.Config{DataDir: filepath.Join(t.TempDir(), "data"), Sources: sources},
		Logger:     slog.New(slog.DiscardHandler),
		Registerer: prometheus.NewRegistry(),
		Health:     health.New(),
	}
}

func started(t *testing.T, base adapter.Base) *adapter.Accounts[caller] {
	t.Helper()
	accounts, err := adapter.NewAccounts(base, vendorOf())
	require.NoError(t, err)
	require.NoError(t, accounts.Start(t.Context()))
	t.Cleanup(func() { require.NoError(t, accounts.Stop(t.Context())) })
	return accounts
}

func TestFind_OnlyAccountsOfThisVendorAndProcess(t *testing.T) {
	t.Parallel()
	remote := sourceAt("remote", "http://127.0.0.1:1")
	remote.RemoteAdapter = true
	foreign := sourceAt("foreign", "http://127.0.0.1:1")
	foreign.Vendor = eventv1.Vendor_VENDOR_ANODOT
	base := newBase(t, sourceAt("here", "http://127.0.0.1:1"), remote, foreign)
	accounts := started(t, base)

	_, err := accounts.Find("here")
	require.NoError(t, err)
	for _, name := range []string{"remote", "foreign", "nobody", ""} {
		_, err := accounts.Find(name)
		require.Equal(t, codes.FailedPrecondition, status.Code(err), name)
		require.Equal(t, rpc.ReasonUnknownSource, rpc.Reason(err))
		require.Equal(t, map[string]string{"vendor": "anura", "source": name, "retryable": "false"}, rpc.Metadata(err))
	}
	require.Len(t, base.Health.Report().Components, 1, "what runs elsewhere is another process's to report")
}

func TestNewAccounts_DoesNoIO(t *testing.T) {
	t.Parallel()
	base := newBase(t, sourceAt("here", "http://127.0.0.1:1"))
	accounts, err := adapter.NewAccounts(base, vendorOf())
	require.NoError(t, err)
	_, err = os.Stat(base.Config.DataDir)
	require.ErrorIs(t, err, os.ErrNotExist)
	require.Equal(t, health.StateStarting, base.Health.Report().Components[0].State)
	require.NoError(t, accounts.Stop(t.Context()), "what never started stops too")
}

func TestNewAccounts_RefusesAnAddressThatIsNone(t *testing.T) {
	t.Parallel()
	_, err := adapter.NewAccounts(newBase(t, sourceAt("here", "not an address")), vendorOf())
	require.ErrorContains(t, err, "source here")
	require.NotContains(t, err.Error(), secret)
}

func TestNewAccounts_VendorsOfAProcessShareTheirMetrics(t *testing.T) {
	t.Parallel()
	base := newBase(t, sourceAt("one", "http://127.0.0.1:1"))
	started(t, base)
	base.Config.Sources[0].Name = "two"
	started(t, base)
}

func TestStart_SaysWhichAccountCannotBeOpened(t *testing.T) {
	t.Parallel()
	base := newBase(t, sourceAt("here", "http://127.0.0.1:1"))
	require.NoError(t, os.WriteFile(base.Config.DataDir, nil, 0o600), "a file where the folder should be")
	accounts, err := adapter.NewAccounts(base, vendorOf())
	require.NoError(t, err)
	require.ErrorContains(t, accounts.Start(t.Context()), "open source here")
	require.Equal(t, health.StateStarting, base.Health.Report().Components[0].State)
}

func TestDone_TheAccountSaysHowItDoes(t *testing.T) {
	t.Parallel()
	var answer atomic.Int32
	answer.Store(http.StatusOK)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(int(answer.Load()))
		_, _ = io.WriteString(w, `{"error":"about `+secret+`"}`)
	}))
	t.Cleanup(server.Close)
	base := newBase(t, sourceAt("here", server.URL))
	account, err := started(t, base).Find("here")
	require.NoError(t, err)
	state := func() health.ComponentReport { return base.Health.Report().Components[0] }
	require.Equal(t, "source/here", state().Name)
	require.Equal(t, health.StateOK, state().State, "until a call shows otherwise")

	require.NoError(t, account.Done(account.Client.read(t)))
	answer.Store(http.StatusUnauthorized)
	err = account.Done(account.Client.read(t))
	require.Equal(t, rpc.ReasonCredentialRefused, rpc.Reason(err))
	require.Equal(t, health.StateFailing, state().State)
	require.Contains(t, state().Reason, "read at here: vendor answered 401")
	require.NotContains(t, state().Reason+err.Error(), secret)

	err = account.Done(vendorhttp.Errorf(vendorhttp.NotFound, "nothing there"))
	require.Equal(t, rpc.ReasonNotFound, rpc.Reason(err))
	require.Equal(t, health.StateFailing, state().State, "one missing thing proves nothing")
	require.NoError(t, account.Done(nil))
	require.Equal(t, health.StateOK, state().State)
	require.Equal(t, rpc.ReasonCircuitOpen, rpc.Reason(account.Done(vendorhttp.Errorf(vendorhttp.CircuitOpen, "open"))))
	require.Equal(t, health.StateFailing, state().State)
}

func TestDone_LeavesOtherErrorsAlone(t *testing.T) {
	t.Parallel()
	account, err := started(t, newBase(t, sourceAt("here", "http://127.0.0.1:1"))).Find("here")
	require.NoError(t, err)
	other := errors.New("no vendor's failure")
	require.Equal(t, other, account.Done(other))
}

func TestBudget_SurvivesARestart(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(server.Close)
	base := newBase(t, sourceAt("here", server.URL))
	for range 2 {
		accounts, err := adapter.NewAccounts(base, vendorOf())
		require.NoError(t, err)
		require.NoError(t, accounts.Start(t.Context()))
		account, err := accounts.Find("here")
		require.NoError(t, err)
		require.NoError(t, account.Done(account.Client.read(t)))
		require.NoError(t, accounts.Stop(t.Context()))
	}
	account, err := started(t, base).Find("here")
	require.NoError(t, err)
	err = account.Done(readWithin(t, account.Client, 20*time.Second))
	require.Equal(t, rpc.ReasonRateLimited, rpc.Reason(err), "two calls a minute are used up: %v", err)
}
