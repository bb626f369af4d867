// Command replaycheck runs a slice of real data through the real binary, as a
// user would, and compares what reached the stream with the files.
//
// It starts `signalbox simulate --replay` on the slice and `signalbox serve`
// with every target, kills the latter once in the middle as `kill -9` does,
// starts it again, and reads SIGNALBOX_EVENTS with a plain NATS client. Then it
// holds the stream against the files, both ways:
//
//   - Records of anomalies.jsonl and site_anomalies.jsonl (Anomify), of
//     feedback.jsonl (Anodot) and of invalid_traffic.jsonl (Secure Reporter's
//     report of bot minutes) are each exactly one event: none is missing, none
//     is there twice, none is there that no file holds, and every field that
//     the vendor shows is the file's, the time being the file's on the replay's
//     clock. No file says when an anomaly ended, so a closing is one too many.
//   - Anura counts bot minutes by day, Analytics minutes over seven days and page
//     views by day: all are running counters of which a poll sees a sample. So each event
//     must be the sum of a beginning of the file, of no minute that had not
//     happened when the event was stored; the counts never go back, and the
//     sum of the whole slice is there.
//   - The visitors on the site are those of one minute of the file, which is
//     never an earlier one than that of the event before, and those of the last
//     minute are there.
//   - No id is there twice, no record became a dead letter, and no vendor's
//     rate limit was exceeded, the restart included.
//
// One rule in shadow mode decides on each verdict NOT_INTERESTING: there must be
// as many decisions as such verdicts, also after the kill. What is in decisions
// has tests of its own.
package main
