package simulator

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/signalbox-io/signalbox/services/simulator/fault"
	"github.com/signalbox-io/signalbox/services/simulator/record"
)

// maxFaultBytes is the largest fault that is read.
const maxFaultBytes = 64 << 10

// mountControl serves, below /control:
//
//	GET    healthz            200 when the simulator serves
//	POST   start              lets those go on who wait for [Server.Started]
//	GET    calls              {"total": n, "calls": […]}
//	GET    effects            {"total": n, "effects": […]}
//	GET    excesses           {"total": n, "excesses": […]}
//	GET    faults             {"faults": […]}, those still to come
//	POST   faults             sets the fault in the body, see [fault.Fault]
//	DELETE faults?vendor=V    clears those of a vendor, or all
//	POST   anodot/webhooks    adds the webhook channel in the body, see
//	                          [anodot.Webhook]
//	POST   anodot/firings     adds the firing in the body and pushes it to the
//	                          account's webhooks, {"pushed": […]}
func (s *Server) mountControl() {
	s.mux.HandleFunc("GET /control/healthz", func(w http.ResponseWriter, _ *http.Request) {
		writeControl(w, http.StatusOK, map[string]string{"status": "ok"})
	})
	s.mux.HandleFunc("POST /control/start", func(w http.ResponseWriter, _ *http.Request) {
		s.start()
		writeControl(w, http.StatusOK, map[string]string{"status": "started"})
	})
	s.mux.HandleFunc("GET /control/calls", s.controlCalls)
	s.mux.HandleFunc("GET /control/effects", s.controlEffects)
	s.mux.HandleFunc("GET /control/excesses", s.controlExcesses)
	s.mux.HandleFunc("GET /control/faults", s.controlFaults)
	s.mux.HandleFunc("POST /control/faults", s.controlSetFault)
	s.mux.HandleFunc("DELETE /control/faults", s.controlClearFaults)
	s.mux.HandleFunc("POST /control/anodot/webhooks", s.controlAddWebhook)
	s.mux.HandleFunc("POST /control/anodot/firings", s.controlFire)
}

func (s *Server) controlCalls(w http.ResponseWriter, _ *http.Request) {
	calls, total := s.log.Calls()
	writeControl(w, http.StatusOK, struct {
		Total int           `json:"total"`
		Calls []record.Call `json:"calls"`
	}{total, append([]record.Call{}, calls...)})
}

func (s *Server) controlEffects(w http.ResponseWriter, _ *http.Request) {
	effects, total := s.log.Effects()
	writeControl(w, http.StatusOK, struct {
		Total   int             `json:"total"`
		Effects []record.Effect `json:"effects"`
	}{total, append([]record.Effect{}, effects...)})
}

func (s *Server) controlExcesses(w http.ResponseWriter, _ *http.Request) {
	excesses, total := s.log.Excesses()
	writeControl(w, http.StatusOK, struct {
		Total    int             `json:"total"`
		Excesses []record.Excess `json:"excesses"`
	}{total, append([]record.Excess{}, excesses...)})
}

func (s *Server) controlFaults(w http.ResponseWriter, _ *http.Request) {
	writeControl(w, http.StatusOK, map[string][]fault.Fault{"faults": append([]fault.Fault{}, s.faults.List()...)})
}

func (s *Server) controlSetFault(w http.ResponseWriter, r *http.Request) {
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxFaultBytes))
	decoder.DisallowUnknownFields()
	var wanted fault.Fault
	if err := decoder.Decode(&wanted); err != nil {
		writeControl(w, http.StatusBadRequest, map[string]string{"error": fmt.Sprintf("read the fault: %v", err)})
		return
	}
	if err := s.SetFault(wanted); err != nil {
		writeControl(w, http.StatusBadRequest, map[string]string{"error": err.Error()})
		return
	}
	s.controlFaults(w, r)
}

func (s *Server) controlClearFaults(w http.ResponseWriter, r *http.Request) {
	s.ClearFaults(r.URL.Query().Get("vendor"))
	s.controlFaults(w, r)
}

func writeControl(w http.ResponseWriter, status int, answer any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	// The client may have gone; there is nobody left to tell.
	_ = json.NewEncoder(w).Encode(answer)
}
