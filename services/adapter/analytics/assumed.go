package analytics

// What the vendor's document leaves open, and what is assumed of it:
//
//   - All calls are GET: paths are printed without a method.
//   - The bounce rate is in percent, the average duration in seconds. Both may
//     be fractional.
//   - Days of a chart are UTC's. Today's is among them or not, and its count is
//     still growing; a day that is missing had no views.
//   - X-RateLimit-Reset is by the vendor's clock, whose time the Date header
//     tells. Retry-After is in seconds or a date, as HTTP has it.
//   - A site that is not the key's is 403, or 404; a bad range is 400. Neither
//     404 nor 400 is documented.
//   - Ids of sites are any text: the document's own sample has 25 hex digits,
//     one too many for what it looks like.
//
// A name that is null in a list of counts is not read as a name: for referrers
// it may mean direct visits, which nobody says.
