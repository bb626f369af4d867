package anomify

import (
	"context"
	"encoding/json"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"github.com/signalbox-io/signalbox/pkg/vendorhttp"
	anomifyv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/anomify/v1"
)

const svgType = "image/svg+xml"

// image makes a call whose answer is a picture.
func (s *Server) image(
	ctx context.Context, source, operation, path string, query url.Values,
) (*anomifyv1.Image, error) {
	return call(s, source, func(c *client) (*anomifyv1.Image, error) {
		req := read(operation, path, query)
		req.Header, req.Budgets, req.Binary = http.Header{"Accept": {"image/*"}}, []string{budgetImage}, true
		var image *anomifyv1.Image
		req.Check = func(answer vendorhttp.Answer) *vendorhttp.Error {
			var failure *vendorhttp.Error
			image, failure = imageOf(answer, c.http.Redactor())
			return failure
		}
		err := c.do(ctx, req)
		return image, err
	})
}

// imageOf reads a picture. Neither the header nor the body is believed alone:
// a page of HTML called image/png is no picture. A picture cannot be scrubbed,
// so one that holds the account's token is refused.
func imageOf(answer vendorhttp.Answer, secrets *vendorhttp.Redactor) (*anomifyv1.Image, *vendorhttp.Error) {
	declared, _, _ := mime.ParseMediaType(answer.Header.Get("Content-Type"))
	seen := pictureType(answer.Body)
	switch {
	case answer.Body == "":
		return nil, vendorhttp.Errorf(vendorhttp.BadAnswer, "answer is empty where a picture is expected")
	case seen == "":
		return nil, noPicture(answer)
	case strings.HasPrefix(declared, "text/") && seen != svgType:
		return nil, vendorhttp.Errorf(vendorhttp.BadAnswer, "answer is declared as text where a picture is expected")
	case secrets.Body(answer.Body) != answer.Body:
		return nil, vendorhttp.Errorf(vendorhttp.BadAnswer, "the picture holds the account's token")
	default:
		return &anomifyv1.Image{Content: []byte(answer.Body), ContentType: &seen}, nil
	}
}

// pictureType returns the media type of a picture by its beginning, "" for what
// is none.
func pictureType(body string) string {
	if seen := http.DetectContentType([]byte(body)); strings.HasPrefix(seen, "image/") {
		return seen
	}
	const looked = 1 << 10
	head := body[:min(len(body), looked)]
	if strings.HasPrefix(strings.TrimSpace(head), "<") && strings.Contains(head, "<svg") && !strings.Contains(head, "<html") {
		return svgType
	}
	return ""
}

// noPicture says what an answer is instead: the vendor's error in an envelope,
// or something that nobody expects.
func noPicture(answer vendorhttp.Answer) *vendorhttp.Error {
	var e envelope
	if json.Unmarshal([]byte(answer.Body), &e) == nil {
		if failure := e.failure(answer); failure != nil {
			return failure
		}
	}
	return vendorhttp.Errorf(vendorhttp.BadAnswer, "answer is no picture")
}
