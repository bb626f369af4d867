// Package vendorhttp is the HTTP client of one vendor account. It keeps what
// every vendor needs in one place and in one order: the rate budget, the
// circuit breaker, one deadline per request, a cap on the answer's size,
// repetition where repeating is safe, and redaction of everything that leaves.
//
// # Budget
//
// A budget is an exact sliding window: at most N calls in any 60 seconds, held
// across restarts in a small file. A token bucket (golang.org/x/time/rate)
// would not do: it admits up to its burst plus its rate within one window, and
// it forgets at a restart. A call occupies its slot from the moment it is
// admitted until 60 seconds after its answer came, because the vendor counts
// it somewhere in between; so the vendor's count cannot exceed N either,
// whatever the network does to arrival times.
//
// Calls marked Urgent (actions) do not wait behind others (polls): a budget may
// reserve a part for them, and where calls wait for the same budget they go
// first.
//
// # Repetition
//
// Only requests marked Idempotent are repeated, at most three tries in all,
// with jitter, never before a Retry-After is over and never past the caller's
// deadline. A request that timed out is not repeated here. A request marked
// Effect is sent once: if it may have reached the vendor and no clear answer
// came, the error says that the outcome is unknown, and whoever keeps the
// ledger reads back.
//
// # Redaction
//
// Errors are [Error] values only: no wrapped *url.Error, no header, no query
// string, no body beyond a short scrubbed extract. Answers that echo a
// credential are scrubbed before they are decoded.
//
// # Files
//
// A link that a vendor gives may lead to any host. [Client.Fetch] reads what is
// there in parts, without the account's credential, up to a size, and not from
// an address that is not public unless it is the vendor's own host.
//
// The package refuses to keep cookies, to follow a redirect to another host or
// of a request that is not a GET, to speak TLS below 1.2, and to know any
// vendor.
package vendorhttp
