package securereporter

// The documentation leaves these questions open. What is assumed:
//
//   - A wrong token is 401, an unknown report, field or path 404, a query that
//     fails 200; all of them answer {"message": "…", "ok": false, "records": []}.
//   - A bind variable of the query that the call does not give, and that has
//     no default, fails the query. Parameters that are no bind variable are
//     ignored.
//   - The sample code gives parameters in the body of a GET, the text in the
//     query. Both are taken; the query wins.
//   - Times are UTC, without a zone, with microseconds unless these are zero.
//   - Both time endpoints answer a bare JSON string.
//   - Choices are a list of objects with a value and a label. A field's number
//     is its place among all fields of all reports, from 1.
//   - A definition is an object with the report's number, name and slug, and
//     its fields. It is read with GET.
//   - A template is HTML. Without template_only=Y it comes within the page that
//     people see. A report of another type has none: 404.
//   - A mail is answered as a call is, without records. Parameters outside the
//     form are ignored.
//   - A path without its trailing slash is unknown, and so is /report/get/ with
//     one.
//   - There is no rate limit, and no cap on the rows of an answer.
const (
	naiveLayout = "2006-01-02 15:04:05.999999"
	isoLayout   = "2006-01-02T15:04:05.000000+00:00"

	// maxRows keeps the newest rows of a report that grows forever.
	maxRows = 100_000
	// maxMails keeps the newest mails.
	maxMails = 1_000
	// maxForm is the longest form that is read, in bytes.
	maxForm = 1 << 20

	// EffectMail is the action of a mail that was sent, in the list of effects.
	EffectMail = "mail_report"
)
