package query

import (
	"context"
	"encoding/base64"
	"maps"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/spf13/cobra"

	deadv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/dead/v1"
	queryv1 "github.com/signalbox-io/signalbox/proto/gen/signalbox/query/v1"
	"github.com/signalbox-io/signalbox/services/cli/exit"
)

const deadFilter = `dead.area == "poller" && dead.subject == "reports"`

// NewDead returns `signalbox dead` with its commands.
func NewDead() *cobra.Command {
	return exit.Group(&cobra.Command{
		Use:   "dead",
		Short: "Show what could not be decoded, decided or done, and try it again",
		Long: `Show the dead letters: records of vendors that could not become events, messages
that could not be read or recorded, and actions that were given up. Each has the
reason and the original; nothing else was held up by it.`,
		Example: `  signalbox dead list --filter '` + deadFilter + `'
  signalbox dead show 41`,
	}, deadList().command(), deadShow().command(), newRedrive())
}

func deadList() list[*deadv1.DeadLetter] {
	return list[*deadv1.DeadLetter]{
		noun: "dead letters", columns: deadColumns(), filter: deadFilter,
		fetch: func(ctx context.Context, c queryv1.QueryServiceClient, p page) ([]*deadv1.DeadLetter, string, error) {
			answer, err := c.ListDeadLetters(ctx, &queryv1.ListDeadLettersRequest{PageSize: p.size, PageToken: p.token, Filter: p.filter})
			return answer.GetDeadLetters(), answer.GetNextPageToken(), err
		},
		help: help{
			short: "List dead letters, the last given up first",
			long: `List dead letters, the last given up first. AREA is who gave up; SUBJECT is the
original's, or the source of the record; REDRIVEN is when it was tried again, if
it was; DETAIL says what was wrong with it.`,
			example: `  signalbox dead list
  signalbox dead list --filter '` + deadFilter + `'
  signalbox dead list --output json | jq -r .reason | sort | uniq -c`,
		},
	}
}

func deadColumns() []column[*deadv1.DeadLetter] {
	return []column[*deadv1.DeadLetter]{
		{title: "TIME", width: 20, firm: true, cell: func(l *deadv1.DeadLetter) string { return moment(l.GetTime()) }},
		{title: "ID", width: 20, firm: true, cell: (*deadv1.DeadLetter).GetId},
		{title: "AREA", width: 10, firm: true, cell: (*deadv1.DeadLetter).GetArea},
		{title: "REASON", width: 24, cell: (*deadv1.DeadLetter).GetReason},
		{title: "SUBJECT", width: 50, cell: (*deadv1.DeadLetter).GetSubject},
		{title: "REDRIVEN", width: 20, firm: true, cell: func(l *deadv1.DeadLetter) string { return moment(l.GetRedrive().GetTime()) }},
		{title: "DETAIL", cell: (*deadv1.DeadLetter).GetDetail},
	}
}

func deadShow() get[*deadv1.DeadLetter] {
	return get[*deadv1.DeadLetter]{
		word: "show", noun: "dead letter", describe: describeDead,
		fetch: func(ctx context.Context, c queryv1.QueryServiceClient, id string) (*deadv1.DeadLetter, error) {
			answer, err := c.GetDeadLetter(ctx, &queryv1.GetDeadLetterRequest{Id: id})
			return answer.GetDeadLetter(), err
		},
		help: help{
			short: "Show one dead letter with the original",
			long: `Show one dead letter with the original: its headers, and its data as text, or in
base64 if it is none. Its id is in dead list.`,
			example: `  signalbox dead show 41
  signalbox dead show 41 --output json | jq -r .data | base64 -d`,
		},
	}
}

// describeDead returns what a dead letter says.
func describeDead(l *deadv1.DeadLetter) *facts {
	f := &facts{}
	f.say("id", l.GetId())
	f.say("time", moment(l.GetTime()))
	f.say("area", l.GetArea())
	f.say("reason", l.GetReason())
	f.say("detail", l.GetDetail())
	f.say("subject", l.GetSubject())
	f.say("stream", l.GetStream())
	if l.GetSequence() > 0 {
		f.say("sequence", strconv.FormatUint(l.GetSequence(), 10))
	}
	if mark := l.GetRedrive(); mark != nil {
		f.say("redriven", moment(mark.GetTime())+" by "+mark.GetBy()+": "+mark.GetDetail())
	}
	for _, name := range slices.Sorted(maps.Keys(l.GetHeader())) {
		f.say("header "+name, l.GetHeader()[name])
	}
	if utf8.Valid(l.GetData()) {
		f.say("data", string(l.GetData()))
	} else {
		f.say("data (base64)", base64.StdEncoding.EncodeToString(l.GetData()))
	}
	return f
}
