package anodot

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strings"
)

// claims is the content of an access token, as the reference's sample has it.
type claims struct {
	Data string `json:"data"`
	Iat  int64  `json:"iat"`
	Exp  int64  `json:"exp"`
}

// accessToken trades the refresh token for an access token. The answer is a
// bare JSON string, or an object with ?responseformat=JSON.
func (v *Vendor) accessToken(w http.ResponseWriter, r *http.Request) {
	if !v.charge(r) {
		v.LimitRate(w, 0)
		return
	}
	var request struct {
		RefreshToken string `json:"refreshToken"`
	}
	if err := json.NewDecoder(r.Body).Decode(&request); err != nil {
		writeErrors(w, http.StatusBadRequest, codeJSON, "Json parsing error")
		return
	}
	if subtle.ConstantTimeCompare([]byte(request.RefreshToken), []byte(v.options.RefreshToken)) != 1 {
		v.Refuse(w, r)
		return
	}
	token := v.issueToken()
	if r.URL.Query().Get("responseformat") == "JSON" {
		writeJSON(w, http.StatusOK, map[string]string{"token": token})
		return
	}
	writeJSON(w, http.StatusOK, token)
}

func (v *Vendor) issueToken() string {
	id := make([]byte, 20)
	_, _ = rand.Read(id)
	now := v.now()
	// Claims of strings and integers always encode.
	content, _ := json.Marshal(claims{
		Data: hex.EncodeToString(id),
		Iat:  now.Unix(),
		Exp:  now.Add(v.options.TokenLifetime).Unix(),
	})
	signed := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"HS256","typ":"JWT"}`)) +
		"." + base64.RawURLEncoding.EncodeToString(content)
	return signed + "." + v.signature(signed)
}

func (v *Vendor) signature(signed string) string {
	v.mu.Lock()
	defer v.mu.Unlock()
	mac := hmac.New(sha256.New, v.signingKey)
	mac.Write([]byte(signed))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// acceptsToken reports whether a call carries a token that this account has
// issued and that has not expired.
func (v *Vendor) acceptsToken(r *http.Request) bool {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		return false
	}
	end := strings.LastIndexByte(token, '.')
	if end < 0 || !hmac.Equal([]byte(token[end+1:]), []byte(v.signature(token[:end]))) {
		return false
	}
	_, payload, _ := strings.Cut(token[:end], ".")
	content, err := base64.RawURLEncoding.DecodeString(payload)
	if err != nil {
		return false
	}
	var c claims
	if err := json.Unmarshal(content, &c); err != nil {
		return false
	}
	return v.now().Unix() < c.Exp
}
