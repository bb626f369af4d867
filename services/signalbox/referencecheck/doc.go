// Command referencecheck holds the rule engine against reference results: lists
// of actions over real data that two independent implementations of the same
// semantics agree on. It converts the data to files of events, runs
// `signalbox rules backtest` on them with the rules files of this folder, as a
// user would, and compares list for list: members, order, key, time, count,
// cause, lag, until, pause and resume. The counts that go with each list are
// compared with the summary.
//
// # Conversion
//
// The data have a format of their own. Each record is one event whose id and
// native_id are the record's id and whose occurred_at is its ts:
//
//   - An anomaly (anomalies.jsonl, site_anomalies.jsonl) is an anomaly of source
//     anodot-prod with metric, detector, score and value; its alert_id is
//     detector|metric, its label site is the site.
//   - A vote (feedback.jsonl) is feedback of source anodot-prod with verdict,
//     user, alert_id (the record's alert) and anomaly_id.
//   - A count of bots (invalid_traffic.jsonl) is traffic of source traffic with
//     the label site and the measures requests, invalid and invalid_ratio.
//   - A row of metrics.csv.gz is an anomaly whose id is metric|ts, with metric
//     and value.
//   - A delivery (arrivals.jsonl) is the anomaly that it names, with its arrival
//     as observed_at; the other events have none.
//
// Files are in the order of (ts, id), deliveries in their own. Where an order
// between sources is part of a scenario, they are files of their own: the first
// file goes first at the same instant.
//
// Nothing of the data is kept.
package main
