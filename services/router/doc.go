// Package router decides about the events of the stream and does what follows.
//
// # The life of an event
//
//	SIGNALBOX_EVENTS ──> reader ──> engine ──> outputs, one by one, in order:
//	   in order,         fetches    judges      1. each action's intent → ledger
//	   from the                                 2. the decision → SIGNALBOX_DECISIONS
//	   snapshot on                              3. the actions → executor
//
// The engine judges the bytes of a message: an event is unmarshalled only where a
// rule's condition holds for it, or it is late or held back. Events that are
// stored as JSON are decoded first, which changes no decision.
//
// A message that holds no event is counted, kept as a dead letter and passed
// over. The engine bounds the texts of events that get into decisions and
// actions; what the bus refuses for good all the same becomes a dead letter too,
// and so does an action whose record in the ledger is damaged or cannot be made.
// A dead letter that is refused itself is in the log.
//
// A judgement may wait for its cause. The engine's clock is the stream's: a
// message moves it to the time at which it was stored. While the stream is
// silent the server is asked; if it has stored nothing that is not decided, and
// its clock is well past the time at which the first judgement was due, the
// engine is moved to exactly that time. So a replay sees the same clock, and the
// clock of this process decides nothing.
//
// # What else decisions depend on
//
// The alerts of an account, the end of a pause before its time, a person's word
// on a suggestion and another set of rules are inputs besides events. They wait in
// a queue that belongs to the loop, which takes them between two events: it
// writes the input on SIGNALBOX_INPUTS with the sequence of the last event and the
// time of the stream's clock, waits for the acknowledgement, and only then lets
// the engine take it. What is due by that time is judged first. So who goes over
// the events again finds each input at its place, and decides the same.
//
// A set of rules is kept under its version (bucket SIGNALBOX_RULES) before a
// switch to it is recorded. Rules files are read again when they change, on a
// signal and on a call; files with a fault are refused and told of, and the
// running set goes on. What the engine keeps over a switch, it tells itself.
//
// # The life of an action
//
//	decided ──> PENDING ──> ATTEMPTING ──> DONE | FAILED | EXPIRED | REFUSED
//	               ^            │
//	               └────────────┘ certainly without effect, another attempt is due
//
// Packages ledger, action and lease tell more: the ledger is the table of the
// steps, the executor makes them by calling the adapters, a pause takes a lease
// and the end of the lease resumes.
//
// # What survives
//
// At most once a second the engine's state is stored as a snapshot, together
// with the sequences of the event and the input up to which it was reached, and
// the version of the rules. Three rules make a kill at any point harmless:
//
//   - An effect never begins before its intent is in the ledger.
//   - An input has no effect before it is on its stream.
//   - A snapshot never covers a decision that is not on its stream, an action
//     that is not in the ledger, or a dead letter that is not kept: it is taken
//     after everything before it was acknowledged.
//
// Whatever had been decided after the snapshot is decided again, alike, because
// the engine is a function of the events and the recorded inputs: those after the
// snapshot's are taken at their places, by the rules that are kept under the
// versions they name. New inputs, and the rules of this start if they are others,
// wait until everything that is known to have been decided has been gone over.
// Killed
//
//   - before 1: nothing is known of the output; it is made again.
//   - between 1 and 2: the executor takes the action up from the ledger. The
//     decision is published when it is made again; the ledger answers that it
//     has the action already.
//   - between 2 and 3, or later: the decision is made again and not published,
//     for its id is on the stream: the ids beyond the decision that the snapshot
//     names are read at the start. The action is in the ledger, whatever became
//     of it.
//   - while a snapshot is stored: the one before is what is loaded.
//   - between an input's record and its effect: it is found on the stream and
//     taken at its place. Before its record nothing is known of it: rules are
//     compared and alerts are listed again at the start. That a pause ended early
//     may be lost with the process that was about to record it; the engine then
//     takes it for standing until the time that its rule gave.
//
// The ids are read because the stream itself remembers them for two hours only,
// and a router may be away for longer.
//
// A snapshot that is missing, damaged, of another format or of another stream is
// named in the log and in signalbox_router_starts_over_total, and the stream is
// gone over from its beginning. If the stream begins later than the snapshot
// ends, the gap is named and counted, and the state goes on over it.
//
// # History
//
// Without its snapshot or the inputs, or where the rules that decided are not kept
// or do not compile as they did, the router may decide differently than it did. It must not act on that: the events
// are as old as the stream. So the decisions that are read at the start tell
// where history ends: at the event of the greatest sequence that one of them is
// about. Where the snapshot is lost, a note that stands apart from it (a key of
// the cursors' bucket, written after each snapshot) tells of what was judged
// without a decision. Up to there a decision whose id is not known moves the state on and is
// dropped, with its actions: neither published nor recorded, only counted in
// signalbox_router_history_decisions_total and named once in the log. What waited at the
// end of history is judged as usual, unless other rules had judged it. Decisions
// from before the stream was created, or about events that stand no longer at
// their place, prove nothing; where nothing tells of history, everything is
// decided. A
// snapshot that is stored on the way keeps the doubt, so a kill changes nothing.
//
// The event at which history ends may have been decided in part when the process
// was killed. The same rules complete it; other rules leave it as it is.
//
// # What goes wrong
//
//   - The bus is away, or does not take what is written: publishing and
//     recording are tried again until it does; reading is begun again with
//     growing pauses, after the last decided event. The health component
//     `router` says so: at once where reading breaks off, and after five seconds
//     where one step of deciding does not go on, with what keeps failing. The
//     lag is measured meanwhile.
//   - Messages are on the stream and do not come, or come out of order: the
//     same.
//   - A vendor is away: the executor's business; deciding goes on until a
//     hundred thousand actions are open. Then it waits for one of them to end,
//     and the health component says so.
//   - A snapshot cannot be stored: it is tried again; until then a restart has
//     more to decide again.
//   - A rules file has a fault: the process does not start; one that runs goes on
//     with the rules that it has. A file without a rule is no fault; the log says
//     that nothing is decided.
//   - The recorded inputs are lost, one of them cannot be read, or its rules are
//     not kept: it is named, counted in signalbox_router_lost_inputs_total or
//     signalbox_router_lost_rule_sets_total, and passed over; a decision of the
//     past that would come out differently without it is history.
//   - The alerts of an account, or some of them, cannot be read: safety goes by
//     what is known of them. At the start deciding waits for the lists, five seconds at most.
//   - The server's clock was ahead for a message: the engine's clock goes back
//     as soon as a later message shows it, more than a day behind.
//
// A decision is published once. Only its place on the stream may be later than
// that of a following one, if the bus refused it at first.
//
// The package judges nothing itself (package engine does), calls no vendor
// itself but to list alerts (package action does, through the adapters), and
// writes no file.
package router
