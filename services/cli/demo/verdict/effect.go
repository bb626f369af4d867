package verdict

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// Effect is something that a simulated vendor did to its state.
type Effect struct {
	// Vendor is who did it.
	Vendor string `json:"vendor"`
	// Action is what was done: pause, resume, create_watcher.
	Action string `json:"action"`
	// Name is the alert's title or the watcher's name.
	Name string `json:"name"`
	// Changed is false if the target was in the wanted state already.
	Changed bool `json:"changed"`
}

const maxEffectBytes = 8 << 20

func readEffects(ctx context.Context, simulator string) ([]Effect, error) {
	url := strings.TrimSuffix(simulator, "/") + "/control/effects"
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return nil, fmt.Errorf("ask the simulator for its effects: %w", err)
	}
	response, err := (&http.Client{}).Do(request)
	if err != nil {
		return nil, fmt.Errorf("ask the simulator for its effects: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("ask the simulator for its effects: it answers %s", response.Status)
	}
	var answer struct {
		Effects []Effect `json:"effects"`
	}
	if err := json.NewDecoder(io.LimitReader(response.Body, maxEffectBytes)).Decode(&answer); err != nil {
		return nil, fmt.Errorf("read the simulator's effects: %w", err)
	}
	return answer.Effects, nil
}
