package analytics

// The documentation leaves these questions open. What is assumed:
//
//   - All calls are GET. Another method, or an unknown path, is 404.
//   - A site that does not exist is 403: no 404 is documented for one.
//   - A range other than 7d, 30d and 90d is 400.
//   - A range ends today and counts whole days in UTC, today among them.
//   - bounceRate is in percent of the visitors, avgDuration in seconds; both
//     are whole numbers. Lists show the ten largest entries; of custom events
//     all are shown, the largest first.
//   - A chart has the days that had page views, the oldest first, today among
//     them. With a pathname, total and chart count the views of that page, and
//     unique is the smaller of the total and the site's visitors: who has seen a
//     page is not kept.
//   - The limit per minute holds over any sixty seconds. X-RateLimit-Reset is
//     when the oldest counted call is forgotten; Retry-After is in seconds,
//     rounded up. A call without a valid key counts for nobody.
const (
	defaultRange = "7d"

	topEntries = 10
)

// daysIn returns how many days a range has, 0 if it is none.
func daysIn(name string) int {
	switch name {
	case "7d":
		return 7
	case "30d":
		return 30
	case "90d":
		return 90
	default:
		return 0
	}
}
