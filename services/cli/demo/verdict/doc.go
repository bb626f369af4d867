// Package verdict tells whether the story's outcome is as it must be: it asks
// a running Signalbox over gRPC and the simulated vendors over HTTP. The demo
// and the compose test judge by it. It starts and changes nothing.
package verdict
