package anodot

import "net/http"

// The API reference leaves these questions open. What is assumed:
//
//   - A running alert's state is "active", a paused one's "paused".
//   - Pause and resume answer 200 with the alert, also if the alert was in the
//     wanted state already; the first pause's time and author then stay.
//   - A pause has no end of its own: resumeTime is null.
//   - An unknown alert or path is 404 in the HttpError format.
//   - A refused access token is 401 with code 2001, a refused refresh token
//     401 with the reference's words "Token Mismatch".
//   - Beyond the rate limit the status is 400 with code 1004, because the
//     reference lists no 429; [Options.RateLimitStatus] changes it.
//   - A limit per minute holds over any sixty seconds, per account.
//   - The feedback window includes both of its ends, and a body that is not
//     JSON is 400 with code 1001.
//   - Feedback is listed by creation time.
//   - POST and PUT of an alert take a configuration, need its title, ignore an
//     owner in it and answer 200 with the alert; DELETE answers 200 without a
//     body.
//   - PUT of a data stream takes a whole one. A stream that is made runs at once.
//   - A refused data collection key is 401 with code 2001, unsound samples are
//     errors in a 200, and more than 10 000 are 400.
//   - startTime of the firings leaves out its own second; a group is listed
//     with all of its firings; total counts what is listed.
//   - index of anomalies counts anomalies, index of user events counts pages,
//     and each event has a bucket of its own.
const (
	stateActive = "active"
	statePaused = "paused"

	codeNotFound = 11002

	rateLimitStatus = http.StatusBadRequest

	anomalyPagingMax = 1000

	// accountID is how errors name the account.
	accountID = "5e5e5fcb9cebc5000d1e8655"
)

// pausedBy is the author of a pause that came through the API: the owner of
// the token.
const (
	pausedBy   = "Signalbox API"
	pausedByID = "5f0c1d52-8a33-4f6e-9f0a-2d6f0a1b7c01"
)
