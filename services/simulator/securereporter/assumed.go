package securereporter

// The documentation leaves these questions open. What is assumed:
//
//   - A wrong token is 401, an unknown report or path 404, a query that fails
//     200; all of them answer {"message": "…", "ok": false, "records": []}.
//   - A bind variable of the query that the call does not give, and that has
//     no default, fails the query. Parameters that are no bind variable are
//     ignored.
//   - Times are UTC, without a zone, with microseconds unless these are zero.
//   - Both time endpoints answer a bare JSON string.
//   - A path without its trailing slash is unknown.
//   - There is no rate limit, and no cap on the rows of an answer.
const (
	naiveLayout = "2006-01-02 15:04:05.999999"
	isoLayout   = "2006-01-02T15:04:05.000000+00:00"

	// maxRows keeps the newest rows of a report that grows forever.
	maxRows = 100_000
)
