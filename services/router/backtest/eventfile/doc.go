// Package eventfile reads files of events: one signalbox.event.v1.Event as
// protobuf JSON a line, in the order of delivery. It reads ahead by a bounded
// amount, decodes lines on every processor, and hands the events on one by one
// in the order of their arrival. A line that holds no event that can be judged
// is a [Problem] and is passed over.
//
// It decides nothing about events and writes nothing.
package eventfile
