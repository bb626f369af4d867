package main

import (
	"context"
	"fmt"
	"net"
	"sync"
)

// The ports that are given out lie below those that the kernel gives to outgoing
// connections: a killed process must get its own one back.
const firstPort, lastPort = 21_000, 32_000

// ports gives out loopback addresses, each once. It is safe for concurrent use.
type ports struct {
	mu   sync.Mutex
	next int
}

// free returns an address on which nobody listens.
func (p *ports) free(ctx context.Context) (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for range lastPort - firstPort {
		p.next++
		address := fmt.Sprintf("127.0.0.1:%d", firstPort+p.next%(lastPort-firstPort))
		var config net.ListenConfig
		listener, err := config.Listen(ctx, "tcp", address)
		if err != nil {
			continue
		}
		return address, listener.Close()
	}
	return "", fmt.Errorf("find a free address between ports %d and %d: all are taken", firstPort, lastPort)
}
