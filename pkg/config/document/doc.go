// Package document reads a YAML file into a protobuf message strictly and
// remembers where everything stood, so that each problem of the file can be
// told with file, line, column, path and the line itself: unknown and
// duplicate keys, wrong types, bad durations, and whatever the caller checks
// afterwards. It collects all problems instead of stopping at the first, and
// it never quotes a secret: not its value, not the rest of its line. It reads
// no files and knows nothing of what the settings mean.
package document
