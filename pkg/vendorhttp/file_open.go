package vendorhttp

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
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
	if isOwn := r.URL.Hostname() == c.base.Hostname(); proxy == nil && c.opts.Dial == nil && !isOwn {
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
	if err != nil {
		return errPrivate
	}
	if ip := at.Addr().Unmap(); !ip.IsGlobalUnicast() || ip.IsPrivate() || isShared(ip) {
		return errPrivate
	}
	return nil
}

// isShared reports an address between a provider and its customers (RFC 6598).
func isShared(ip netip.Addr) bool { return netip.MustParsePrefix("100.64.0.0/10").Contains(ip) }

// withoutURL is the error within the one that quotes the URL.
func withoutURL(err error) error {
	if inURL, ok := errors.AsType[*url.Error](err); ok {
		return inURL.Err
	}
	return err
}
