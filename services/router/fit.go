package router

import (
	"fmt"

	"google.golang.org/protobuf/proto"

	"github.com/signalbox-io/signalbox/services/router/engine"
)

// What a decision and its actions may measure. Texts of events get into them,
// and a vendor may send any text: beyond these bounds the bus would refuse the
// message however often it were sent, or cut the connection for its subject.
const (
	maxRecordBytes = 512 << 10
	maxTargetBytes = 512
)

// fits returns why the output cannot be kept, nil if it can.
func fits(output engine.Output) error {
	if size := proto.Size(output.Decision); size > maxRecordBytes {
		return fmt.Errorf("the decision has %d bytes, of at most %d", size, maxRecordBytes)
	}
	for _, action := range output.Actions {
		if size := proto.Size(action); size > maxRecordBytes {
			return fmt.Errorf("action %s has %d bytes, of at most %d", action.GetType(), size, maxRecordBytes)
		}
		if size := len(action.GetTarget()); size > maxTargetBytes {
			return fmt.Errorf("the target of action %s has %d bytes, of at most %d", action.GetType(), size, maxTargetBytes)
		}
	}
	return nil
}
