package vendorhttp

import (
	"net/http"
	"net/netip"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
)

func TestIsPublic(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]bool{
		"52.216.1.1": true, "2a00:1450:4001::5": true, "::ffff:52.216.1.1": true, "64:ff9b::34d8:101": true,
		"127.0.0.1": false, "::1": false, "::ffff:127.0.0.1": false, "0.0.0.0": false, "::": false,
		"10.1.2.3": false, "192.168.1.1": false, "172.16.0.1": false, "fd00:ec2::254": false, "fe80::1": false,
		"169.254.169.254": false, "::ffff:169.254.169.254": false, "64:ff9b::a9fe:a9fe": false, "64:ff9b:1::a9fe:a9fe": false,
		"2002:a9fe:a9fe::1": false, "100.100.100.200": false, "192.0.0.192": false, "198.18.0.1": false,
		"224.0.0.1": false, "ff02::1": false, "255.255.255.255": false, "240.0.0.1": false, "0.1.2.3": false,
	} {
		require.Equal(t, want, isPublic(netip.MustParseAddr(address)), address)
	}
}

// An address is refused before anybody connects: a proxy, which opens what this process
// would not, is not asked for it.
func TestFileTransport_RefusesAnAddressBeforeAProxySeesIt(t *testing.T) {
	t.Parallel()
	metrics, err := NewMetrics(prometheus.NewRegistry())
	require.NoError(t, err)
	c, err := New(Options{BaseURL: "http://vendor.example", Metrics: metrics})
	require.NoError(t, err)
	for link, isRefused := range map[string]bool{
		"http://169.254.169.254/latest": true, "http://[::1]/": true, "http://10.0.0.1/a": true,
		"http://52.216.1.1/a": false, "http://files.example/a": false, "http://VENDOR.example/a": false,
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, link, http.NoBody)
		require.NoError(t, err)
		_, err = c.fileTransport(r)
		require.Equal(t, isRefused, err != nil, link)
	}
}
