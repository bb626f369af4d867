package anomify

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/signalbox-io/signalbox/pkg/rpc"
	anomifyv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anomify/v1"
)

// updateForm names what is given and nothing else.
func updateForm(req *anomifyv1.UpdateWatcherRequest) (url.Values, error) {
	form := url.Values{}
	if req.GetName() != "" {
		form.Set("name", req.GetName())
	}
	if err := checkChips(req.GetChips()); err != nil {
		return nil, err
	}
	if len(req.GetChips()) > 0 {
		form.Set("chips", strings.Join(req.GetChips(), ","))
	}
	if req.Alert != nil {
		form.Set("alert", strconv.FormatBool(req.GetAlert()))
	}
	if err := setExpiration(form, req.GetExpirationTime()); err != nil {
		return nil, err
	}
	if err := withParameters(form, req.GetParameters()); err != nil {
		return nil, err
	}
	if len(form) == 0 {
		return nil, rpc.FieldViolation("name", "nothing is given to change; give at least one field")
	}
	return form, nil
}

// checkChips refuses what the vendor's comma list of chips cannot carry.
func checkChips(chips []string) error {
	for _, chip := range chips {
		if strings.TrimSpace(chip) == "" || strings.Contains(chip, ",") {
			return rpc.FieldViolation("chips", "%q is empty or holds a comma", chip)
		}
	}
	return nil
}
