package wire

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// maxLine bounds a line of the protocol; the server's INFO is the longest.
const maxLine = 1 << 20

// frame is one word of the protocol, whole.
type frame struct {
	bytes []byte
	// verb is in capitals.
	verb string
	// subject and reply of a message, "" otherwise.
	subject, reply string
}

// readFrame reads one word: a line, and for messages what follows it.
func readFrame(r *bufio.Reader) (frame, error) {
	line, err := readLine(r)
	if err != nil {
		return frame{}, err
	}
	fields := strings.Fields(string(line))
	if len(fields) == 0 {
		return frame{bytes: line}, nil
	}
	f := frame{bytes: line, verb: strings.ToUpper(fields[0])}
	isMessage, numbers := payloadOf(f.verb)
	if !isMessage {
		return f, nil
	}
	args := fields[1:]
	if f.verb == "MSG" || f.verb == "HMSG" { // the id of the subscription comes second
		if len(args) < 2 {
			return frame{}, fmt.Errorf("read %s: %d fields", f.verb, len(args))
		}
		args = append(args[:1:1], args[2:]...)
	}
	if len(args) < 1+numbers || len(args) > 2+numbers {
		return frame{}, fmt.Errorf("read %s: %d fields", f.verb, len(args))
	}
	f.subject = args[0]
	if len(args) == 2+numbers {
		f.reply = args[1]
	}
	size, err := strconv.Atoi(args[len(args)-1])
	if err != nil || size < 0 || size > maxLine<<6 {
		return frame{}, fmt.Errorf("read %s: size %q", f.verb, args[len(args)-1])
	}
	body := make([]byte, size+2)
	if _, err := io.ReadFull(r, body); err != nil {
		return frame{}, err
	}
	f.bytes = append(f.bytes, body...)
	return f, nil
}

// payloadOf reports whether a payload follows the verb, and how many numbers
// its line ends with.
func payloadOf(verb string) (isMessage bool, numbers int) {
	switch verb {
	case "PUB", "MSG":
		return true, 1
	case "HPUB", "HMSG":
		return true, 2
	default:
		return false, 0
	}
}

func readLine(r *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		line = append(line, part...)
		if err == nil {
			return line, nil
		}
		if err != bufio.ErrBufferFull || len(line) > maxLine { //nolint:errorlint // bufio returns it as it is
			return nil, err
		}
	}
}

// storing are the beginnings of the subjects on which a write changes what is
// stored, or is an effect.
var storing = [][]byte{ //nolint:gochecknoglobals // a table
	[]byte("signalbox."), []byte("$KV."), []byte("$O."), []byte("$JS.API.STREAM.CREATE."),
	[]byte("$JS.API.STREAM.UPDATE."), []byte("$JS.API.STREAM.PURGE."), []byte("$JS.API.STREAM.MSG.DELETE."),
}

// isWrite reports whether the frame of a client's changes what is stored.
func (f frame) isWrite() bool {
	if f.verb != "PUB" && f.verb != "HPUB" {
		return false
	}
	for _, prefix := range storing {
		if bytes.HasPrefix([]byte(f.subject), prefix) {
			return true
		}
	}
	return false
}
