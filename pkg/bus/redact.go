package bus

import (
	"net/url"
	"strings"
)

// redactURL removes user and password from a list of server addresses.
func redactURL(list string) string {
	parts := strings.Split(list, ",")
	for i, part := range parts {
		u, err := url.Parse(strings.TrimSpace(part))
		if err != nil {
			parts[i] = "[unreadable address]"
			continue
		}
		u.User = nil
		parts[i] = u.String()
	}
	return strings.Join(parts, ",")
}
