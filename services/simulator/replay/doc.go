// Package replay serves a folder of recorded real data through the simulated
// vendors, as if it happened again:
//
//	anomalies.jsonl        detectors' anomalies     Anomify anomalies
//	site_anomalies.jsonl   a web site's anomalies   Anomify anomalies
//	feedback.jsonl         people's verdicts        Anodot feedback
//	invalid_traffic.jsonl  minutes full of bots     Anura's overview, and rows of
//	                                                Secure Reporter's "bot-minutes"
//	traffic_minute.csv.gz  requests each minute     Analytics' figures
//
// A record of data time t becomes visible at, and is stamped with, the wall
// time that [Clock.Wall] gives, cut to what the vendor's format holds. Its
// identity survives the vendor: [AnomalyID], [FeedbackID] and [AlertID] lead
// from the files to the ids that vendors show, and rows of "bot-minutes" carry
// the file's own id.
//
// The files fall into two groups that were not recorded in the same years: the
// detectors' files and the site's files. Each has its own slice of data time,
// and both slices begin at the same wall time.
//
// The package reads the whole slice, line by line, before it starts, so that a
// broken file is found at the start and not on the way. It makes nothing up
// and repairs nothing: a line that is not what it should be is an error with
// its place.
package replay
