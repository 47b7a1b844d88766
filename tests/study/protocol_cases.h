/* What is replaced in the study.yaml of test_protocol.c, by what, and what is said about it. */
{"min_days: 28", "min_dayz: 28",
 "study.yaml, line 18, column 13: unknown key \"min_dayz\" (did you mean \"min_days\"?)"},
    {"min_days: 28", "min_days: 0",
     "study.yaml, line 18, column 23: \"min_days\" cannot be 0 (at least 1 and at most 36525)"},
    {"min_days: 28", "min_days: twenty",
     "study.yaml, line 18, column 23: \"min_days\" should be a whole number, not \"twenty\""},
    {"min_days: 28", "min_days: [28]",
     "study.yaml, line 18, column 23: \"min_days\" should be a whole number, not a list"},
    {"gap_days: 0", "gap_days: -1",
     "study.yaml, line 18, column 78: \"gap_days\" cannot be -1 (at least 0 and at most 36525)"},
    {"min_hours_per_week: 12", "min_hours_per_week: 169",
     "study.yaml, line 18, column 47: \"min_hours_per_week\" cannot be 169 (above 0 and at most "
     "168)"},
    {"min_hours_per_week: 12", "min_hours_per_week: 0",
     "study.yaml, line 18, column 47: \"min_hours_per_week\" cannot be 0 (above 0 and at most "
     "168)"},
    {"min_hours_per_week: 12", "min_hours_per_week: many",
     "study.yaml, line 18, column 47: \"min_hours_per_week\" should be a number, not \"many\""},
    {"follow_up: 350d", "follow_up: 350",
     "study.yaml, line 20, column 16: \"follow_up\" should be a duration in days, weeks or months, "
     "not \"350\" (write for example 350d, 50w or 12m)"},
    {"follow_up: 350d", "follow_up: a year",
     "study.yaml, line 20, column 16: \"follow_up\" should be a duration in days, weeks or months, "
     "not \"a year\" (write for example 350d, 50w or 12m)"},
    {"follow_up: 350d", "follow_up: 0d",
     "study.yaml, line 20, column 16: \"follow_up\" cannot be 0d (at least 1 and at most 36525 "
     "days)"},
    {"    follow_up: 350d\n", "",
     "study.yaml, line 16, column 5: a time-to-event outcome lacks \"follow_up\""},
    {"follow_up: 350d", "follow_up: { days: 350 }",
     "study.yaml, line 20, column 16: \"follow_up\" should be a duration in days, weeks or months, "
     "not a map (write for example 350d, 50w or 12m)"},
    {"date: first-day", "date: first-dy",
     "study.yaml, line 19, column 43: \"date\" cannot be \"first-dy\" (did you mean "
     "\"first-day\"?)"},
    {"at_start: exclude", "at_start: leave",
     "study.yaml, line 19, column 64: \"at_start\" cannot be \"leave\" (possible: exclude, "
     "ignore-run, event-at-0)"},
    {"concurrent: sum", "concurrent: ", ""},
    {"kinds: [regular, subsidised]", "kinds: regular",
     "study.yaml, line 19, column 14: \"kinds\" should be a list, not \"regular\" (write for "
     "example [one, two])"},
    {"kinds: [regular, subsidised]", "kinds: [regular, regular]",
     "study.yaml, line 19, column 24: \"regular\" stands twice in \"kinds\" (keep one of the two)"},
    {"kinds: [regular, subsidised]", "kinds: [regular, \"\"]",
     "study.yaml, line 19, column 24: an entry of \"kinds\" is empty"},
    {"kinds: [regular, subsidised]", "kinds: [regular, [a]]",
     "study.yaml, line 19, column 24: an entry of \"kinds\" should be a text, not a list"},
    {"ips: [without, with]", "ips: [with, with]",
     "study.yaml, line 4, column 26: \"with\" stands twice in \"ips\" (keep one of the two)"},
    {"ips: [without, with]", "ips: [with]",
     "study.yaml, line 4, column 19: factor \"ips\" needs at least two levels (write for example "
     "[without, with])"},
    {"ips: [without, with]", "ips: with",
     "study.yaml, line 4, column 19: \"ips\" should be a list, not \"with\" (write for example "
     "[without, with])"},
    {"ips: [without, with]", "\"1ips\": [without, with]",
     "study.yaml, line 4, column 14: \"1ips\" cannot be the name of a factor (begin with a letter; "
     "then letters, digits, . and _)\n"
     "study.yaml, line 4, column 22: \"1ips\" is not among the columns of coaches or people (did "
     "you mean \"ips\"?)"},
    {"factors: {", "factors: { ", ""},
    {"  factors: { ips: [without, with], pa: [without, with] }\n", "",
     "study.yaml, line 2, column 1: this kind of design needs \"factors\" (write for example "
     "factors: { ips: [without, with] })"},
    {"factors: { ips: [without, with], pa: [without, with] }", "factors: [ips, pa]",
     "study.yaml, line 4, column 12: \"factors\" should be a map of factors and their levels, not "
     "a list (write for example { ips: [without, with] })"},
    {"factors: { ips", "factors: { ipz",
     "study.yaml, line 4, column 19: \"ipz\" is not among the columns of coaches or people (did "
     "you mean \"ips\"?)"},
    {"  cluster: coach\n", "",
     "study.yaml, line 2, column 1: a cluster-randomised design needs \"cluster\" (name the column "
     "of people that holds the coach)"},
    {"cluster: coach", "cluster: coahc",
     "study.yaml, line 5, column 12: \"coahc\" is not among the columns of people (did you mean "
     "\"coach\"?)"},
    {"strata: [team]", "strata: [teem]",
     "study.yaml, line 6, column 12: \"teem\" is not among the columns of coaches or people (did "
     "you mean \"team\"?)"},
    {"kind: cluster-randomised", "kind: cluster",
     "study.yaml, line 3, column 9: \"kind\" cannot be \"cluster\" (possible: cluster-randomised, "
     "individually-randomised, comparison-group, single-group)"},
    {"kind: cluster-randomised", "kind: single-group",
     "study.yaml, line 4, column 3: a single-group design has no factors (leave them out, or "
     "choose another kind)"},
    {"  kind: cluster-randomised\n", "", "study.yaml, line 2, column 1: design lacks \"kind\""},
    {"id: demo", "id: my study",
     "study.yaml, line 1, column 14: \"my study\" cannot be an id (use letters, digits, - and _, "
     "at most 64 of them)"},
    {"id: demo, ", "", "study.yaml, line 1, column 1: study lacks \"id\""},
    {"study: { id: demo, title: \"1 + 1 = 3?\", language: nl, registration: null }", "study: demo",
     "study.yaml, line 1, column 8: \"study\" should be a map of keys and values, not \"demo\""},
    {"language: nl", "language: de",
     "study.yaml, line 1, column 51: \"language\" cannot be \"de\" (possible: en, nl)"},
    {"waves: [0m, 6m, 12m]", "waves: [0m, 6w, 12m]",
     "study.yaml, line 7, column 25: \"waves\" should be a list of whole months, not \"6w\" (write "
     "for example [0m, 6m, 12m])"},
    {"waves: [0m, 6m, 12m]", "waves: [0m, 12m, 6m]",
     "study.yaml, line 7, column 30: the wave 6m does not come after the one before it (put the "
     "waves in order)"},
    {"window: 30d", "window: 30",
     "study.yaml, line 7, column 43: \"window\" should be a duration in days, weeks or months, not "
     "\"30\" (write for example 350d, 50w or 12m)"},
    {"file: coaches.csv, id: coach", "file: coaches.csv",
     "study.yaml, line 9, column 3: sources.coaches lacks \"id\""},
    {"person: person, start: start", "start: start",
     "study.yaml, line 13, column 3: sources.episodes lacks \"person\""},
    {", kind: kind }", " }",
     "study.yaml, line 19, column 7: the rule names kinds, and sources.episodes has no \"kind\" "
     "(add kind to sources.episodes)"},
    {"      end_reason: reason, columns", "      columns",
     "study.yaml, line 21, column 5: competing events need \"end_reason\" of sources.people (add "
     "end_reason to sources.people)"},
    {"start: start_date, end: register_end", "start: start_date",
     "study.yaml, line 10, column 3: outcomes need \"end\" of sources.people (name the column with "
     "the last day that the register covers)"},
    {"value: value", "valeu: value",
     "study.yaml, line 14, column 3: sources.answers lacks \"value\"\n"
     "study.yaml, line 14, column 73: unknown key \"valeu\" (did you mean \"value\"?)"},
    {"file: answers.csv", "file: [a]",
     "study.yaml, line 14, column 20: \"file\" should be a text, not a list"},
    {"month: 12", "month: 0",
     "study.yaml, line 22, column 40: \"month\" cannot be 0 (at least 1 and at most 1200)"},
    {"month: 12, ", "", "study.yaml, line 22, column 5: a status-at outcome lacks \"month\""},
    {"month: 12", "month: 12, follow_up: 350d",
     "study.yaml, line 22, column 44: unknown key \"follow_up\" (a status-at outcome knows: id, "
     "kind, month, rule)"},
    {"kind: status-at", "kind: status_at",
     "study.yaml, line 22, column 22: \"kind\" cannot be \"status_at\" (did you mean "
     "\"status-at\"?)"},
    {"id: m12", "id: work",
     "study.yaml, line 22, column 11: outcome \"work\" stands there twice, first in line 16 (give "
     "each its own id)"},
    {"id: both", "id: p_ips",
     "study.yaml, line 25, column 11: analysis \"p_ips\" stands there twice, first in line 24 "
     "(give each its own id)"},
    {"outcome: work, model: cox, formula: \"~ ips + pa\"",
     "outcome: wrok, model: cox, formula: \"~ ips + pa\"",
     "study.yaml, line 24, column 42: there is no outcome \"wrok\" (did you mean \"work\"?)"},
    {"outcome: work, model: cox, formula: \"~ ips + pa\"",
     "outcome: m12, model: cox, formula: \"~ ips + pa\"",
     "study.yaml, line 24, column 42: model cox cannot analyse \"m12\", which is a status-at "
     "outcome (name a time-to-event outcome)"},
    {"model: cox", "model: coxx",
     "study.yaml, line 24, column 55: \"model\" cannot be \"coxx\" (did you mean \"cox\"?)"},
    {"formula: \"~ ips + pa\"", "formula: \"~ ips + * pa\"",
     "study.yaml, line 24, column 76: formula, character 7: a term is missing after '+' (up to "
     "there: ~ ips +)"},
    {"formula: \"~ ips + pa\"", "formula: \"time ~ ips + pa\"",
     "study.yaml, line 24, column 69: the formula of an analysis begins with ~; what is explained "
     "stands in \"outcome\" (write for example \"~ ips + pa\")"},
    {"formula: \"~ ips + pa\"", "formula: \"~ ips + pa + aeg\"",
     "study.yaml, line 24, column 83: the formula uses \"aeg\", which is no factor and no column "
     "(did you mean \"age\"?)"},
    {"formula: \"~ ips + pa\", effect: ips", "formula: \"~ ips + pa\", effect: pz",
     "study.yaml, line 24, column 91: the effect \"pz\" does not stand in the formula \"~ ips + "
     "pa\" (name a term of the formula)"},
    {"formula: \"~ ips * pa\"", "formula: \"~ ips + pa\"",
     "study.yaml, line 26, column 38: the effect \"ips:pa\" is an interaction, and the formula \"~ "
     "ips + pa\" has none (write * between the two in the formula)"},
    {", formula: \"~ ips + pa\"", "",
     "study.yaml, line 24, column 5: an analysis lacks \"formula\""},
    {"role: primary", "role: main",
     "study.yaml, line 24, column 24: \"role\" cannot be \"main\" (possible: primary, secondary, "
     "subgroup, exploratory)"},
    {"role: primary, ", "", "study.yaml, line 24, column 5: an analysis lacks \"role\""},
    {"margin: 1.25", "margin: 0.8",
     "study.yaml, line 26, column 56: \"margin\" cannot be 0.8 (above 1 and at most 100)"},
    {"of: p_ips", "of: p_isp",
     "study.yaml, line 27, column 38: there is no analysis \"p_isp\" (did you mean \"p_ips\"?)"},
    {"of: p_ips, ", "",
     "study.yaml, line 27, column 5: a subgroup analysis lacks \"of\" (name the analysis that is "
     "repeated by subgroup)"},
    {"by: readiness", "by: readyness",
     "study.yaml, line 27, column 49: \"readyness\" is not among the columns of coaches or people "
     "(did you mean \"readiness\"?)"},
    {", by: readiness", "",
     "study.yaml, line 27, column 5: a subgroup analysis lacks \"by\" (name the column that makes "
     "the subgroups)"},
    {"of: p_ips", "of: ready",
     "study.yaml, line 27, column 38: \"ready\" is a subgroup analysis itself (name the analysis "
     "that both repeat)"},
    {"effect: ips }", "effect: ips, by: age }",
     "study.yaml, line 24, column 96: \"by\" belongs to a subgroup analysis (leave it out, or "
     "write role: subgroup)"},
    {"effect: ips }", "effect: ips, alpha: 0.05 }",
     "study.yaml, line 24, column 96: unknown key \"alpha\" (an analysis knows: id, role, outcome, "
     "model, formula, effect, of, by, margin)"},
    {"competing: [died]", "competing: died",
     "study.yaml, line 21, column 16: \"competing\" should be a list, not \"died\" (write for "
     "example [one, two])"},
    {"competing: [died]", "competing: &a [died]",
     "study.yaml, line 21, column 16: the anchor \"a\" cannot be used in study.yaml (write the "
     "value out)"},
    {"competing: [died]", "competing: *a",
     "study.yaml, line 21, column 16: the alias \"a\" cannot be used in study.yaml (write the "
     "value out)"},
    {"competing: [died]", "competing: !list [died]",
     "study.yaml, line 21, column 16: the tag \"!list\" cannot be used in study.yaml (leave it "
     "out: every value is text)"},
    {"follow_up: 350d", "follow_up: !!str 350d",
     "study.yaml, line 20, column 16: the tag \"tag:yaml.org,2002:str\" cannot be used in "
     "study.yaml (leave it out: every value is text)"},
    {"follow_up: 350d", "follow_up: &f 350d",
     "study.yaml, line 20, column 16: the anchor \"f\" cannot be used in study.yaml (write the "
     "value out)"},
    {"id: work\n", "id: work\n    id: work\n",
     "study.yaml, line 17, column 5: key \"id\" stands there twice, first in line 16 (keep one of "
     "the two)"},
    {"study: {", "study: { [a]: b, ", "study.yaml, line 1, column 10: a list cannot be a key"},
    {"schedule:", "schedul:",
     "study.yaml, line 7, column 1: unknown key \"schedul\" (did you mean \"schedule\"?)"},
    {"  strata: [team]\n", "\tstrata: [team]\n",
     "study.yaml, line 6, column 1: not valid YAML: found a tab character that violates "
     "indentation (indent with spaces, not tabs)"},
    {"title: \"1 + 1 = 3?\"", "title: 1: 2",
     "study.yaml, line 1, column 28: not valid YAML: did not find expected ',' or '}' (check the "
     "brackets, quotes and indentation)"},
    {"title: \"1 + 1 = 3?\"", "title: \"1 + 1 = 3?",
     "study.yaml, line 24, column 70: not valid YAML: did not find expected ',' or '}' (check the "
     "brackets, quotes and indentation from line 1 on)"},
    {"  - { id: ready, role: subgroup, of: p_ips, by: readiness }\n", "  - ready\n",
     "study.yaml, line 27, column 5: an analysis should be a map of keys and values, not a text"},
    {"analysis:\n", "analysis: none\nx:\n",
     "study.yaml, line 23, column 11: \"analysis\" should be a list, not \"none\"\n"
     "study.yaml, line 24, column 1: unknown key \"x\" (study.yaml knows: study, design, schedule, "
     "sources, outcomes, analysis)"},
    {"study: {", "--- {}\n---\nstudy: {",
     "study.yaml, line 1, column 1: study.yaml lacks \"study\"\n"
     "study.yaml, line 1, column 1: study.yaml lacks \"design\"\n"
     "study.yaml, line 1, column 1: study.yaml lacks \"sources\"\n"
     "study.yaml, line 2, column 1: a second document begins here (leave the second --- out)"},
    {"min_days: 28, min_hours_per_week: 12, concurrent: sum, gap_days: 0",
     "min_dayz: 28, min_hours_per_week: 200, concurrent: sum, gap_days: [0]",
     "study.yaml, line 18, column 13: unknown key \"min_dayz\" (did you mean \"min_days\"?)\n"
     "study.yaml, line 18, column 47: \"min_hours_per_week\" cannot be 200 (above 0 and at most "
     "168)\n"
     "study.yaml, line 18, column 79: \"gap_days\" should be a whole number, not a list"},
