package rule

import "time"

// MuteWindow is a part of the day in local time. Start is inclusive, end
// exclusive; it keeps its wall-clock meaning on days on which the clock
// changes: an hour that comes twice is muted twice, one that is skipped not at
// all.
type MuteWindow struct {
	// Name is unique in the set.
	Name string
	// From and To are minutes since local midnight, 0 to 1439. Where To is not
	// after From the window ends on the day after; equal ones are a whole day.
	From, To int
	// Days tells for each weekday, Sunday first, whether the window starts on it.
	Days [7]bool
	// Zone is never nil.
	Zone *time.Location
	// File, Line and Column are where its name stands, counted from 1.
	File         string
	Line, Column int
}
