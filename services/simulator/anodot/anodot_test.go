package anodot_test

import (
	"encoding/base64"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/services/simulator/anodot"
	"github.com/signalbox-io/signalbox/services/simulator/record"
)

const refreshToken = "refresh"

// account is a simulated account and the clock that it goes by.
type account struct {
	*anodot.Vendor

	log *record.Log
	now time.Time
}

func newAccount(options anodot.Options) *account {
	a := &account{log: record.NewLog(slog.New(slog.DiscardHandler)), now: time.Unix(1_800_000_000, 0)}
	options.RefreshToken = refreshToken
	a.Vendor = anodot.New(options, func() time.Time { return a.now }, a.log)
	return a
}

func (a *account) call(t *testing.T, method, path, body, token string) *httptest.ResponseRecorder {
	t.Helper()
	request := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
	request.Header.Set("Authorization", "Bearer "+token)
	recorder := httptest.NewRecorder()
	a.ServeHTTP(recorder, request)
	return recorder
}

func (a *account) token(t *testing.T) string {
	t.Helper()
	got := a.call(t, http.MethodPost, "/api/v2/access-token", `{"refreshToken":"refresh"}`, "")
	require.Equal(t, http.StatusOK, got.Code)
	var token string
	require.NoError(t, json.Unmarshal(got.Body.Bytes(), &token))
	return token
}

func TestAccessToken_IsAJWTOfTwentyFourHours(t *testing.T) {
	t.Parallel()
	a := newAccount(anodot.Options{})
	parts := strings.Split(a.token(t), ".")
	require.Len(t, parts, 3)
	content, err := base64.RawURLEncoding.DecodeString(parts[1])
	require.NoError(t, err)
	var claims struct{ Iat, Exp int64 }
	require.NoError(t, json.Unmarshal(content, &claims))
	require.Equal(t, a.now.Unix(), claims.Iat)
	require.Equal(t, int64(24*60*60), claims.Exp-claims.Iat)
}

func TestAccessToken_ComesAsAnObjectIfAsked(t *testing.T) {
	t.Parallel()
	a := newAccount(anodot.Options{})
	got := a.call(t, http.MethodPost, "/api/v2/access-token?responseformat=JSON", `{"refreshToken":"refresh"}`, "")
	var answer struct{ Token string }
	require.NoError(t, json.Unmarshal(got.Body.Bytes(), &answer))
	require.Equal(t, http.StatusOK, a.call(t, http.MethodGet, "/api/v2/alerts", "", answer.Token).Code)
}

func TestAccessToken_Refusals(t *testing.T) {
	t.Parallel()
	a := newAccount(anodot.Options{})
	got := a.call(t, http.MethodPost, "/api/v2/access-token", `{"refreshToken":"other"}`, "")
	require.Equal(t, http.StatusUnauthorized, got.Code)
	require.JSONEq(t, `{"errors":[{"index":null,"error":2001,"description":"Token Mismatch"}]}`, got.Body.String())

	got = a.call(t, http.MethodPost, "/api/v2/access-token", `{`, "")
	require.Equal(t, http.StatusBadRequest, got.Code)
	require.JSONEq(t, `{"errors":[{"index":null,"error":1001,"description":"Json parsing error"}]}`, got.Body.String())
}

func TestToken_ExpiresAndCannotBeForged(t *testing.T) {
	t.Parallel()
	a := newAccount(anodot.Options{TokenLifetime: time.Hour})
	token := a.token(t)
	parts := strings.Split(token, ".")
	forged := parts[0] + "." + base64.RawURLEncoding.EncodeToString([]byte(`{"exp":9999999999}`)) + "." + parts[2]
	for _, wrong := range []string{"", "x", "a.b.c", forged, token + "x"} {
		require.Equal(t, http.StatusUnauthorized, a.call(t, http.MethodGet, "/api/v2/alerts", "", wrong).Code, wrong)
	}

	a.now = a.now.Add(time.Hour - time.Second)
	require.Equal(t, http.StatusOK, a.call(t, http.MethodGet, "/api/v2/alerts", "", token).Code)
	a.now = a.now.Add(time.Second)
	got := a.call(t, http.MethodGet, "/api/v2/alerts", "", token)
	require.Equal(t, http.StatusUnauthorized, got.Code)
	require.JSONEq(t, `{"errors":[{"index":null,"error":2001,"description":"Token is not active"}]}`, got.Body.String())
}

func TestPause_ChangesTheStateOnce(t *testing.T) {
	t.Parallel()
	a := newAccount(anodot.Options{})
	a.AddAlert(anodot.Alert{ID: "a1", Configuration: anodot.Configuration{Title: "Drop"}})
	token := a.token(t)

	require.Equal(t, http.StatusOK, a.call(t, http.MethodPost, "/api/v2/alerts/a1/pause", "", token).Code)
	paused := a.now.Unix()
	a.now = a.now.Add(time.Minute)
	require.Equal(t, http.StatusOK, a.call(t, http.MethodPost, "/api/v2/alerts/a1/pause", "", token).Code)

	var got struct{ State map[string]any }
	require.NoError(t, json.Unmarshal(a.call(t, http.MethodGet, "/api/alerts/a1", "", token).Body.Bytes(), &got))
	require.Equal(t, "paused", got.State["state"])
	require.InEpsilon(t, float64(paused), got.State["pausedTime"], 0)
	require.NotEmpty(t, got.State["pausedBy"])
	require.Nil(t, got.State["resumeTime"])

	require.Equal(t, http.StatusOK, a.call(t, http.MethodPost, "/api/v2/alerts/a1/resume", "", token).Code)
	alert, _ := a.Alert("a1")
	require.Equal(t, anodot.State{State: "active"}, alert.State)

	effects, _ := a.log.Effects()
	require.Equal(t, []record.Effect{
		{Time: time.Unix(paused, 0), Vendor: "anodot", Action: record.Pause, ID: "a1", Name: "Drop", Changed: true},
		{Time: a.now, Vendor: "anodot", Action: record.Pause, ID: "a1", Name: "Drop", Changed: false},
		{Time: a.now, Vendor: "anodot", Action: record.Resume, ID: "a1", Name: "Drop", Changed: true},
	}, effects)
}

func TestPause_ByHandIsNoEffect(t *testing.T) {
	t.Parallel()
	a := newAccount(anodot.Options{})
	a.AddAlert(anodot.Alert{ID: "a1"})
	require.True(t, a.PauseByHand("a1", "ana"))
	alert, _ := a.Alert("a1")
	require.Equal(t, "ana", *alert.State.PausedBy)
	require.True(t, a.ResumeByHand("a1"))
	require.False(t, a.PauseByHand("a2", "ana"))
	effects, _ := a.log.Effects()
	require.Empty(t, effects)
}

func TestUnknown_IsAnHTTPError(t *testing.T) {
	t.Parallel()
	a := newAccount(anodot.Options{})
	token := a.token(t)
	for method, path := range map[string]string{
		http.MethodGet:    "/api/v2/alerts/none",
		http.MethodPost:   "/api/v2/alerts/none/pause",
		http.MethodDelete: "/api/v2/nothing",
	} {
		got := a.call(t, method, path, "", token)
		require.Equal(t, http.StatusNotFound, got.Code)
		var answer struct {
			Name, Path string
			Status     int
		}
		require.NoError(t, json.Unmarshal(got.Body.Bytes(), &answer))
		require.Equal(t, "HttpError", answer.Name)
		require.Equal(t, path, answer.Path)
		require.Equal(t, http.StatusNotFound, answer.Status)
	}
}

func TestFeedbacks_WindowInBodyOrQuery(t *testing.T) {
	t.Parallel()
	a := newAccount(anodot.Options{})
	now := a.now.Unix()
	for id, created := range map[string]int64{"old": now - 90_000, "early": now - 100, "late": now - 50} {
		a.AddFeedback(anodot.Feedback{ID: id, CreatedTime: created})
	}
	token := a.token(t)
	for _, tc := range []struct {
		query, body string
		want        []string
	}{
		{"", "", []string{"early", "late"}},
		{"", `{"startTime":1799999900,"endTime":1799999900}`, []string{"early"}},
		{"?startTime=1799999901", "", []string{"late"}},
		{"?startDate=1&endDate=1799999949", "", []string{"old", "early"}},
		{"", `{"startTime":1800000001}`, nil},
	} {
		var answer struct {
			Total     int
			Feedbacks []struct{ ID string }
		}
		got := a.call(t, http.MethodGet, "/api/v2/feedbacks"+tc.query, tc.body, token)
		require.Equal(t, http.StatusOK, got.Code)
		require.NoError(t, json.Unmarshal(got.Body.Bytes(), &answer))
		var ids []string
		for _, f := range answer.Feedbacks {
			ids = append(ids, f.ID)
		}
		require.Equal(t, tc.want, ids, tc.query+tc.body)
		require.Equal(t, len(tc.want), answer.Total)
	}
	require.Equal(t, http.StatusBadRequest, a.call(t, http.MethodGet, "/api/v2/feedbacks", "{", token).Code)
	require.Equal(t, http.StatusBadRequest, a.call(t, http.MethodGet, "/api/v2/feedbacks?startTime=x", "", token).Code)
}

func TestBudgets_AreEnforcedByClass(t *testing.T) {
	t.Parallel()
	for status, options := range map[int]anodot.Options{
		http.StatusBadRequest:      {},
		http.StatusTooManyRequests: {RateLimitStatus: http.StatusTooManyRequests},
	} {
		a := newAccount(options)
		token := a.token(t)
		for range 50 {
			require.Equal(t, http.StatusOK, a.call(t, http.MethodGet, "/api/v2/feedbacks", "", token).Code)
		}
		got := a.call(t, http.MethodGet, "/api/v2/feedbacks", "", token)
		require.Equal(t, status, got.Code)
		require.JSONEq(t, `{"errors":[{"index":null,"error":1004,"description":"API calls rate exceeded the maximum allowed"}]}`, got.Body.String())

		for range 500 {
			require.Equal(t, http.StatusOK, a.call(t, http.MethodGet, "/api/v2/alerts", "", token).Code)
		}
		require.Equal(t, status, a.call(t, http.MethodGet, "/api/v2/alerts", "", token).Code)

		excesses, total := a.log.Excesses()
		require.Equal(t, 2, total)
		require.Equal(t, record.Excess{Time: a.now, Vendor: "anodot", Class: "feedback", LimitPerMinute: 50}, excesses[0])
		require.Equal(t, "alerts", excesses[1].Class)

		a.now = a.now.Add(time.Minute)
		require.Equal(t, http.StatusOK, a.call(t, http.MethodGet, "/api/v2/feedbacks", "", token).Code)
	}
}
