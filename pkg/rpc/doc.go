// Package rpc is how processes of Signalbox are called and call each other:
// the gRPC server and the HTTP server of a process, the dialer, and errors
// with a reason. It knows no service: those come in as values of [Service]
// and [Route]. It retries nothing; whoever calls knows what may be repeated.
package rpc
