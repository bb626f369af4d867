package vendorhttp

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"time"
)

// mostHops is how many hosts a link may lead to, one after the other.
const mostHops = 4

// openFile asks for the file, wherever the link leads.
func (c *Client) openFile(ctx context.Context, link string) (*http.Response, error) {
	at, err := url.Parse(link)
	if err != nil {
		return nil, Errorf(BadAnswer, "the link to the file is no URL")
	}
	for range mostHops {
		if failure := c.isNoPlace(at); failure != nil {
			return nil, failure
		}
		response, err := c.hop(ctx, at)
		if err != nil || response.StatusCode/100 != 3 {
			return response, err
		}
		_ = response.Body.Close() // nobody reads it
		if at, err = response.Location(); err != nil {
			return nil, Errorf(BadAnswer, "the file's host answered %d without a place to go", response.StatusCode)
		}
	}
	return nil, Errorf(BadAnswer, "the link to the file led on %d times", mostHops)
}

// isNoPlace refuses what is no URL of HTTP, and one that gives up the encryption
// that the account has.
func (c *Client) isNoPlace(at *url.URL) *Error {
	switch {
	case at.Host == "" || at.Scheme != "https" && at.Scheme != "http":
		return Errorf(BadAnswer, "the link to the file is no URL with a host")
	case at.Scheme == "http" && c.base.Scheme == "https":
		return Errorf(BadAnswer, "the link to the file leads to http, and base_url is of https")
	default:
		return nil
	}
}

// hop asks one host. The request says nothing but where the file is: no
// credential, no cookie, and no referrer, which would be the link.
func (c *Client) hop(ctx context.Context, at *url.URL) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, at.String(), http.NoBody)
	if err != nil {
		return nil, Errorf(BadAnswer, "the link to the file is no URL")
	}
	r.Header.Set("User-Agent", "signalbox")
	transport, err := c.fileTransport(r)
	if err != nil {
		return nil, err
	}
	// Not http.Client, which would follow redirects with a referrer.
	return transport.RoundTrip(r)
}

// fileTransport is for one request: it keeps no connection, and leaves a
// compressed file as it is.
func (c *Client) fileTransport(r *http.Request) (*http.Transport, error) {
	transport := newTransport(c.opts)
	transport.DisableKeepAlives, transport.DisableCompression = true, true
	proxy, err := http.ProxyFromEnvironment(r)
	if err != nil {
		return nil, Errorf(Unavailable, "the proxy of the environment is no URL")
	}
	transport.Proxy = http.ProxyURL(proxy)
	if strings.EqualFold(r.URL.Host, c.base.Host) || c.opts.Dial != nil {
		return transport, nil
	}
	if ip, err := netip.ParseAddr(r.URL.Hostname()); err == nil && !isPublic(ip) {
		return nil, errPrivate // a proxy would lead there as well
	}
	if proxy == nil {
		dialer := &net.Dialer{Timeout: 30 * time.Second, Control: refusePrivate}
		transport.DialContext = dialer.DialContext
	}
	return transport, nil
}

// errPrivate keeps a link from leading to what only this process can reach: the
// machine itself, its network, the metadata of a cloud.
var errPrivate = errors.New("the link to the file leads to an address that is not public")

// refusePrivate sees the address that a name stands for, so that no name leads
// elsewhere than it did when it was looked at.
func refusePrivate(_, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil || !isPublic(at.Addr()) {
		return errPrivate
	}
	return nil
}

// isPublic reports an address that anybody can reach. One that stands for an IPv4
// address is as public as that.
func isPublic(ip netip.Addr) bool {
	ip = ip.Unmap()
	if netip.MustParsePrefix("64:ff9b::/96").Contains(ip) { // a translator's (RFC 6052)
		bytes := ip.As16()
		ip = netip.AddrFrom4([4]byte(bytes[12:]))
	}
	isSpecial := func(prefix netip.Prefix) bool { return prefix.Contains(ip) }
	return ip.IsGlobalUnicast() && !ip.IsPrivate() && !slices.ContainsFunc(special(), isSpecial)
}

// special are the addresses that look public and are not (RFC 6890).
func special() []netip.Prefix {
	return []netip.Prefix{
		netip.MustParsePrefix("0.0.0.0/8"),
		netip.MustParsePrefix("100.64.0.0/10"), // between a provider and its customers
		netip.MustParsePrefix("192.0.0.0/24"),  // of protocols, and some clouds' metadata
		netip.MustParsePrefix("198.18.0.0/15"), // of tests
		netip.MustParsePrefix("240.0.0.0/4"),
		netip.MustParsePrefix("64:ff9b:1::/48"), // a translator's into a network of its own
		netip.MustParsePrefix("2002::/16"),      // stand for IPv4 addresses
	}
}

// withoutURL is the error within the one that quotes the URL.
func withoutURL(err error) error {
	if inURL, ok := errors.AsType[*url.Error](err); ok {
		return inURL.Err
	}
	return err
}
