package anodot

// What the vendor's document leaves open, and what is assumed of it:
//
//   - An answer to a creation or a change shows the object; an empty one says
//     that it was done.
//   - PUT of an alert takes what POST takes, the whole configuration.
//   - PUT /api/v2/bc/data-streams/{id} takes a whole data stream: the document
//     limits such calls to one a minute and shows none.
//   - Index and size page through anomalies by number of anomalies, through
//     user events by number of pages.
//   - Firings that are sorted by startTime ascending come oldest first, and
//     startTime in the query may or may not include its own second.
const (
	// firstPage is how many firings are asked for at first; where one page does
	// not lead on to the next (many of one second), pageGrowth times as many
	// are, up to largestPage.
	firstPage   = 200
	pageGrowth  = 4
	largestPage = 12_800
	// listPage is how many anomalies or user events are asked for at a time.
	listPage = 100
	// mostPages bounds how long a vendor that never ends is believed.
	mostPages = 10_000
)
