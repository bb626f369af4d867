// Package configproto holds the text of config.proto, whose comments are the
// reference of the configuration. It holds nothing else: the messages are in
// proto/gen.
package configproto

import _ "embed" // for the text below

// Source is the text of config.proto.
//
//go:embed config.proto
var Source string
