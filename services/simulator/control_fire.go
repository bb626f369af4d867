package simulator

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/signalbox-io/signalbox/services/simulator/anodot"
)

// controlAddWebhook makes a channel of Anodot's to which firings are pushed.
func (s *Server) controlAddWebhook(w http.ResponseWriter, r *http.Request) {
	var hook anodot.Webhook
	if readControl(w, r, &hook) {
		writeControl(w, http.StatusOK, s.Anodot.AddWebhook(hook))
	}
}

// controlFire lets an alert of Anodot fire: whoever polls finds the firing, and
// the account's webhooks are told of it before the answer.
func (s *Server) controlFire(w http.ResponseWriter, r *http.Request) {
	var firing anodot.Object
	if !readControl(w, r, &firing) {
		return
	}
	s.Anodot.AddTrigger(firing)
	pushed, err := s.Anodot.Push(r.Context(), firing)
	if err != nil {
		writeControl(w, http.StatusBadGateway, map[string]string{"error": err.Error()})
		return
	}
	writeControl(w, http.StatusOK, map[string][]anodot.Pushed{"pushed": append([]anodot.Pushed{}, pushed...)})
}

func readControl(w http.ResponseWriter, r *http.Request, into any) bool {
	err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxRequestBytes)).Decode(into)
	if err != nil {
		writeControl(w, http.StatusBadRequest, map[string]string{"error": fmt.Sprintf("read the body: %v", err)})
	}
	return err == nil
}
