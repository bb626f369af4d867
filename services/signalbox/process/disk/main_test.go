package disk_test

import (
	"testing"

	"github.com/signalbox-io/signalbox/pkg/bus/bustest"
)

func TestMain(m *testing.M) { bustest.VerifyTestMain(m) }
