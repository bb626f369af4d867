// Package telemetry makes the process's logger, metrics registry and tracer
// provider, and carries trace context through NATS headers. Everything it
// makes is handed over by value or pointer: it sets no global, and it exports
// no spans anywhere.
package telemetry
