package fault

import (
	"cmp"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// hugeBytes is the size of a [Huge] answer.
const hugeBytes = 50 << 20

// Vendor is what a fault needs of the vendor that it disturbs.
type Vendor interface {
	http.Handler
	// Fail answers the status in the vendor's error shape.
	Fail(w http.ResponseWriter, status int)
	// Refuse answers as to a wrong credential.
	Refuse(w http.ResponseWriter, r *http.Request)
	// LimitRate answers as to a call beyond the rate limit.
	LimitRate(w http.ResponseWriter, retryAfter time.Duration)
	// Expire lets the call's credential run out, then answers the call.
	Expire(w http.ResponseWriter, r *http.Request)
	// Charge counts a call that the vendor does not get to see.
	Charge(r *http.Request)
}

// Serve answers one call of the vendor with the fault. The request's body must
// have been read, or the server would not notice that the client of a hanging
// call has gone.
func Serve(w http.ResponseWriter, r *http.Request, vendor Vendor, f Fault) {
	switch f.Kind {
	case HalfJSON:
		serveHalf(w, r, vendor)
		return
	case Truncated:
		serveTruncated(w, r, vendor)
		return
	case Slow:
		serveSlow(w, r, vendor, time.Duration(cmp.Or(f.DelaySeconds, defaultDelaySeconds))*time.Second)
		return
	case MapForArray:
		serveChanged(w, r, vendor, withMaps)
		return
	case WrongTypes:
		serveChanged(w, r, vendor, withWrongTypes)
		return
	case LoseAnswer:
		vendor.ServeHTTP(newBuffer(), r)
		breakConnection(w)
		return
	case ExpiredToken:
		vendor.Expire(w, r)
		return
	default:
		vendor.Charge(r)
	}

	switch f.Kind {
	case Garbage:
		writeBody(w, "application/json", "\x00\xff\xfe\x8b\x1f not a document \x80\x81")
	case HTML:
		writeBody(w, "text/html; charset=utf-8", "<!DOCTYPE html><html><body><h1>Please sign in</h1></body></html>")
	case Huge:
		serveHuge(w)
	case Empty:
		writeBody(w, "application/json", "")
	case Hang:
		<-r.Context().Done()
		panic(http.ErrAbortHandler)
	case Reset:
		breakConnection(w)
	case RateLimit:
		vendor.LimitRate(w, time.Duration(max(f.RetryAfterSeconds, 1))*time.Second)
	case Unauthorized:
		vendor.Refuse(w, r)
	case Status:
		serveStatus(w, vendor, statusOr500(f.Status), f.Body)
	case HiddenError:
		serveHidden(w, vendor, f)
	default:
		vendor.Fail(w, http.StatusInternalServerError)
	}
}

func statusOr500(status int) int {
	if status == 0 {
		return http.StatusInternalServerError
	}
	return status
}

func writeBody(w http.ResponseWriter, contentType, body string) {
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(http.StatusOK)
	_, _ = io.WriteString(w, body)
}

func serveHuge(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusOK)
	chunk := strings.Repeat("0123456789abcdef", 4<<10)
	if _, err := io.WriteString(w, `{"data":"`); err != nil {
		return
	}
	for sent := 0; sent < hugeBytes; sent += len(chunk) {
		if _, err := io.WriteString(w, chunk); err != nil {
			return
		}
	}
	_, _ = io.WriteString(w, `"}`)
}

// breakConnection sends a reset where the connection allows it, else it lets
// the server drop the connection.
func breakConnection(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}
