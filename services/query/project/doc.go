// Package project fills the read model from the streams.
//
// Each stream has a loop of its own that
//
//  1. reads its checkpoint and asks the stream whether the message of the
//     checkpoint is still that message. If not, the stream is another one (it
//     was restored or created again) and its tables are emptied;
//  2. reads the stream in order from the checkpoint on and brings messages in
//     by batches, rows and checkpoint in one transaction;
//  3. says so when it has caught up, and afterwards hands each batch of new
//     events to whoever watches, so that what is watched can also be read.
//
// Whatever breaks (the bus, the consumer, the file) ends the pass; the next
// one begins at the checkpoint after a growing pause. A message that cannot be
// decoded is counted and skipped: keeping it as a dead letter is the router's
// work. The package refuses to publish anything and to answer questions.
package project
