package action

// What the record of an action, or of a lease, says about its end. The page
// docs/actions.md explains each of them.
const (
	detailExpired      = "its time was over at %s before it could be done"
	detailGivenUp      = "given up after %s: %s"
	detailUnseen       = "the vendor accepted it and does not show it"
	detailNotShown     = "the vendor does not show it"
	detailNotApproved  = "nobody approved it in time"
	detailNoSuchAction = "no such action: %q"
	detailNever        = "%s, as it was read before it was touched"

	detailForeign       = "already paused, not ours"
	detailExists        = "exists already"
	detailAlready       = "%s already"
	detailMade          = "%s %s %s"
	detailReadBack      = "%s, as the vendor tells when read back"
	detailMadeAndUndone = "%s and deleted since, as the vendor tells when read back"
	detailMayBe         = "; it may have been done"
	detailJoined        = "joined the lease that is active"
	detailHolds         = "holds its lease already"
	detailLease         = "%s; lease %s until %s"

	detailOver    = "the last holder's time is over"
	detailByRule  = "%s by rule %s"
	detailByHand  = "somebody %s it by hand"
	detailStays   = "it stays, by rule %s"
	detailGone    = "it does not exist at the vendor any more"
	detailNoLease = "its lease had ended already"
	detailNotOurs = "no lease of ours is on it; what others paused is left to them"

	detailOrphaned = "it is under no lease: its record is lost; undo it by hand"
	detailNotFound = "it is not found at the vendor; the lease stays to its end"

	detailPublished = "published on %s"
	detailSent      = "sent"
	detailMailed    = "mailed"
	detailUnsure    = "it may have been done and cannot be read back; it is not done again"
)
