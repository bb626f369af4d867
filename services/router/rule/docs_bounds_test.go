package rule_test

import (
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/signalbox-io/signalbox/pkg/duration"
)

// bounds are the rows of the table of bounds and the constants that they tell of,
// each by its package's folder and its name.
func bounds() map[string][2]string {
	const rules, engine, state, match, expr, event, config = ".", "../engine", "../state", "../match",
		"../../../pkg/expr", "../../../pkg/event", "../../../pkg/config"
	return map[string][2]string{
		"bytes of a rules file":                                      {rules, "MaxFileBytes"},
		"line ends, commas, colons and brackets in a file":           {rules, "maxValues"},
		"different expressions of a set":                             {rules, "maxExpressions"},
		"conditions of a set that no index finds":                    {match, "DefaultScanned"},
		"mute windows of a file":                                     {rules, "maxWindows"},
		"faults that are told of a file":                             {rules, "maxProblems"},
		"expressions in `key`":                                       {rules, "maxKeys"},
		"entries of `given`":                                         {rules, "maxGiven"},
		"entries of `limits`":                                        {rules, "maxLimits"},
		"names in `mute`":                                            {rules, "maxMute"},
		"actions in `do`":                                            {rules, "maxActions"},
		"`at_least` and `max`":                                       {rules, "maxAtLeast"},
		"durations":                                                  {rules, "maxLength"},
		"`wait`":                                                     {rules, "maxWait"},
		"bytes of a text as it is written":                           {rules, "maxTextBytes"},
		"`${…}` in a text":                                           {rules, "maxParts"},
		"values in a list or a map":                                  {rules, "maxValuesOfAction"},
		"levels of a vendor's configuration":                         {rules, "maxNested"},
		"bytes of a target":                                          {engine, "maxTargetBytes"},
		"bytes of an action with its texts":                          {engine, "maxActionBytes"},
		"characters":                                                 {expr, "maxExpressionChars"},
		"nodes":                                                      {expr, "maxNodes"},
		"levels of parentheses and calls":                            {expr, "maxParserDepth"},
		"loops (`all`, `exists`, `map`) within each other":           {expr, "maxNesting"},
		"size of a pattern as it is compiled":                        {expr, "maxRegexProgram"},
		"cost of one evaluation, in CEL's units":                     {expr, "maxCost"},
		"bytes that one evaluation may make":                         {expr, "maxMemory"},
		"bytes that a function of texts may make":                    {expr, "maxTextBytes"},
		"bytes of its `id`, and of its `source`":                     {event, "maxID"},
		"bytes of its `native_id`, and of its `entity`":              {event, "maxName"},
		"keys of a rule, for each thing that is remembered of them":  {config, "defaultMaxKeys"},
		"events in a window of a key":                                {state, "maxEntries"},
		"days for which ids and counted things are remembered":       {engine, "memoryDays"},
		"`engine.reorder`":                                           {config, "maxReorder"},
		"events that `engine.reorder` holds back":                    {engine, "maxHeldBack"},
		"bytes of events that `engine.reorder` holds back":           {engine, "maxHeldBackBytes"},
		"judgements that wait for a cause":                           {engine, "maxWaiting"},
		"bytes of events and keys that wait for a cause":             {engine, "maxWaitingBytes"},
		"bytes of events and keys of matches that `hold` lets stand": {engine, "maxStandingBytes"},
		"holders of one rule in a lease":                             {engine, "maxHolders"},
		"actions whose approval or end is waited for":                {engine, "maxAsked"},
		"counted events among the causes of a decision":              {engine, "maxCauses"},
		"bytes of a part of the key":                                 {engine, "maxShownKey"},
		"bytes of an error":                                          {engine, "maxErrorBytes"},
	}
}

// isUntold tells constants of the rule language and its expressions that bound
// what people read of a fault, or that no file can come up to.
func isUntold(name string) bool {
	return slices.Contains([]string{"maxListed", "maxQuoted", "maxShownLine", "maxUnixSeconds"}, name)
}

func TestPage_TellsOfEveryBound(t *testing.T) {
	t.Parallel()
	rows := table(t, "## Bounds")
	read := map[string]map[string]ast.Expr{}
	told := map[[2]string]bool{}
	for row, at := range bounds() {
		if read[at[0]] == nil {
			read[at[0]] = constantsIn(t, at[0])
		}
		require.Contains(t, rows, row)
		want, exact := constant.Int64Val(valueOf(t, read[at[0]], at[1]))
		require.True(t, exact)
		require.Equal(t, want, amount(t, rows[row][1]), row)
		require.NotEmpty(t, rows[row][2], row)
		told[at] = true
		delete(rows, row)
	}
	for row := range rows {
		require.True(t, strings.HasPrefix(row, "**"), "nothing stands behind the row %q", row)
	}
	for _, folder := range []string{".", "../../../pkg/expr"} {
		for name := range read[folder] {
			if strings.HasPrefix(strings.ToLower(name), "max") && !isUntold(name) {
				require.True(t, told[[2]string{folder, name}], "%s of %s is not in the table of bounds", name, folder)
			}
		}
	}
}

func TestPage_TellsTheDefaults(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ heading, row, folder, name string }{
		{"## The fields of a rule", "`approve_within`", ".", "defaultApproval"},
		{"## Safety", "`safety.max_paused_alerts`", "../../../pkg/config", "defaultPausedPercent"},
		{"## Safety", "`safety.max_actions_per_hour`", "../../../pkg/config", "defaultActionsHour"},
	} {
		want, exact := constant.Int64Val(valueOf(t, constantsIn(t, c.folder), c.name))
		require.True(t, exact)
		cells := table(t, c.heading)[c.row]
		require.Equal(t, want, amount(t, strings.TrimSuffix(cells[len(cells)-1], "%")), c.row)
	}
}

// amount reads a bound as the page has it: 10,000, 64 MiB or 90d.
func amount(t *testing.T, text string) int64 {
	t.Helper()
	number, unit, _ := strings.Cut(text, " ")
	factor, known := map[string]int64{"": 1, "KiB": 1 << 10, "MiB": 1 << 20}[unit]
	require.True(t, known, text)
	n, err := strconv.ParseInt(strings.ReplaceAll(number, ",", ""), 10, 64)
	if err == nil {
		return n * factor
	}
	length, err := duration.Parse(text)
	require.NoError(t, err, text)
	return int64(length)
}

// constantsIn returns the constants of the package in a folder by name.
func constantsIn(t *testing.T, folder string) map[string]ast.Expr {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(folder, "*.go"))
	require.NoError(t, err)
	found := map[string]ast.Expr{}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		for _, declaration := range file.Decls {
			if group, ok := declaration.(*ast.GenDecl); ok && group.Tok == token.CONST {
				addConstants(found, group)
			}
		}
	}
	return found
}

func addConstants(found map[string]ast.Expr, group *ast.GenDecl) {
	for _, spec := range group.Specs {
		if values, ok := spec.(*ast.ValueSpec); ok && len(values.Values) == len(values.Names) {
			for i, name := range values.Names {
				found[name.Name] = values.Values[i]
			}
		}
	}
}

// valueOf evaluates a constant of a package: numbers, units of time, and what is
// made of them.
func valueOf(t *testing.T, known map[string]ast.Expr, name string) constant.Value {
	t.Helper()
	require.Contains(t, known, name)
	return evaluate(t, known, known[name])
}

func evaluate(t *testing.T, known map[string]ast.Expr, e ast.Expr) constant.Value {
	t.Helper()
	switch e := e.(type) {
	case *ast.BasicLit:
		return constant.MakeFromLiteral(e.Value, e.Kind, 0)
	case *ast.Ident:
		return valueOf(t, known, e.Name)
	case *ast.SelectorExpr:
		return constant.MakeInt64(int64(map[string]time.Duration{"Hour": time.Hour, "Minute": time.Minute, "Second": time.Second}[e.Sel.Name]))
	case *ast.BinaryExpr:
		x, y := evaluate(t, known, e.X), evaluate(t, known, e.Y)
		if e.Op == token.SHL {
			n, _ := constant.Uint64Val(y)
			return constant.Shift(x, e.Op, uint(n))
		}
		return constant.BinaryOp(x, e.Op, y)
	default:
		require.Failf(t, "no constant", "%T", e)
		return nil
	}
}
