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

	detailForeign        = "already paused, not ours"
	detailPaused         = "paused"
	detailPausedReadBack = "paused, as the vendor tells when read back"
	detailJoined         = "joined the lease that is active"
	detailHolds          = "holds its lease already"
	detailLease          = "%s; lease %s until %s"

	detailOver    = "the last holder's time is over"
	detailByHand  = "somebody resumed it by hand"
	detailGone    = "it does not exist at the vendor any more"
	detailNoLease = "its lease had ended already"

	detailCreated         = "created watcher %s"
	detailCreatedReadBack = "created, as the vendor tells when read back"
	detailCreatedDeleted  = "created and deleted since, as the vendor tells when read back"
	detailExists          = "exists already"
	detailMayExist        = "; it may have been created"

	detailPublished = "published on %s"
)
