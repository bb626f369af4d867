package webhook_test

import (
	"testing"

	"github.com/signalbox-io/signalbox/services/poller/pollertest"
)

func TestMain(m *testing.M) { pollertest.Main(m) }
