package config

import (
	"net"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"

	configv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/config/v1"
)

// listen returns a listener and reports an address that is none, or that
// strangers reach without the file saying that it may.
func (c *checker) listen(section, address string, insecure bool) Listen {
	path := section + ".listen"
	host, port, err := net.SplitHostPort(address)
	if err != nil || !isPort(port) {
		c.document.Report(path, "%q is no address; write host:port, such as 127.0.0.1:7420, or port 0 for a free one", address)
		return Listen{Address: address}
	}
	if !isLoopback(host) && !insecure {
		c.document.Report(path, "%s can be reached from other machines without TLS and without credentials; "+
			"listen on 127.0.0.1, or write %s.insecure: true to say that the network is trusted", address, section)
	}
	return Listen{Address: address}
}

func (c *checker) nats(m *configv1.Nats) NATS {
	n := NATS{
		URL:      m.GetUrl(),
		Replicas: int(m.GetReplicas()),
		Encoding: textOr(m.GetEncoding(), defaultEncoding),
	}
	c.oneOf("nats.encoding", n.Encoding, "protobuf", "json")
	if !c.document.Has("nats.replicas") {
		n.Replicas = defaultReplicas
	}
	if !slices.Contains([]int{1, 3, 5}, n.Replicas) && !c.document.Refused("nats.replicas") {
		c.document.Report("nats.replicas", "%d copies are not possible; write 1, 3 or 5", n.Replicas)
	}
	c.streams(m.GetStreams(), &n)
	if n.URL == "" {
		c.embedded(m, &n)
		return n
	}
	if m.GetEmbedded() != nil {
		c.document.Report("nats.url", "nats.embedded is set too; keep the one that is meant")
	}
	c.natsURL(n.URL)
	if file := m.GetCredentialsFile(); file != "" {
		n.CredentialsFile = c.absolute(file)
		if info, err := os.Stat(n.CredentialsFile); err != nil || info.IsDir() {
			c.document.Report("nats.credentials_file", "there is no file %s", n.CredentialsFile)
		}
	}
	return n
}

func (c *checker) embedded(m *configv1.Nats, n *NATS) {
	n.Listen = textOr(m.GetEmbedded().GetListen(), defaultNATSListen)
	c.listen("nats.embedded", n.Listen, m.GetEmbedded().GetInsecure())
	n.Sync = c.sync(textOr(m.GetEmbedded().GetSync(), defaultSync))
	if n.Replicas > 1 {
		c.document.Report("nats.replicas", "an embedded server is alone and keeps one copy; write 1, or nats.url of a cluster")
	}
	if m.GetCredentialsFile() != "" {
		c.document.Report("nats.credentials_file", "an embedded server takes no credentials; remove it, or set nats.url")
	}
}

func (c *checker) natsURL(list string) {
	c.hideCredentials("nats.url", list)
	for one := range strings.SplitSeq(list, ",") {
		u, err := url.Parse(strings.TrimSpace(one))
		switch {
		case err != nil || u.Host == "" || !slices.Contains([]string{"nats", "tls", "ws", "wss"}, u.Scheme):
			c.document.Report("nats.url", "this is no address of a NATS server; write nats://host:4222 or tls://host:4222")
		case u.User != nil:
			c.document.Report("nats.url", "credentials do not belong into an address, which is printed; use nats.credentials_file")
		}
	}
}

// hideCredentials keeps an address out of problems that has a part in which
// credentials are commonly written.
func (c *checker) hideCredentials(path, address string) {
	if strings.ContainsAny(address, "@?#") {
		c.document.Hide(path)
	}
}

// baseURL returns a vendor's address without a slash at its end.
func (c *checker) baseURL(path, text string, insecure bool) string {
	if text == "" {
		c.missing(path, "the vendor's address is missing; write base_url: https://…")
		return ""
	}
	c.hideCredentials(path, text)
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Hostname() == "" || (u.Scheme != "https" && u.Scheme != "http"):
		c.document.Report(path, "this is no address of a vendor; write https://host/path")
	case u.User != nil:
		c.document.Report(path, "credentials do not belong into an address, which is printed; use the setting of their own")
	case u.RawQuery != "" || u.Fragment != "":
		c.document.Report(path, "an address ends with its path; remove what follows ? or #")
	case u.Scheme == "http" && !isLoopback(u.Hostname()) && !insecure:
		c.document.Report(path, "the credential would travel without https; write https://%s, or insecure: true beside it "+
			"to say that the network is trusted", u.Host)
	}
	return strings.TrimRight(text, "/")
}

// adapter returns where the source's adapter is called and whether that is in
// another process.
func (c *checker) adapter(path, address, own string) (string, bool) {
	if address == "" {
		return own, false
	}
	if host, port, err := net.SplitHostPort(address); err != nil || host == "" || !isPort(port) || port == "0" {
		c.document.Report(path, "%q is no address of an adapter; write host:port", address)
	}
	return address, true
}

func isPort(text string) bool {
	port, err := strconv.ParseUint(text, 10, 16)
	return err == nil && strconv.FormatUint(port, 10) == text
}

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
