/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/opts.h"

#include "capture/sink_reel.h"
#include "cli/cli.h"
#include "driver-bpf/driver.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum group {
	FILES,
	TARGETS,
	DRIVER,
	RETRO,
	OUTPUT,
	GROUPS,
	COMMON,
	GROUP_COUNT
};

static const char *const group_names[GROUP_COUNT] = {
	[FILES] = "Files",
	[TARGETS] = "What to record (default: the whole host)",
	[DRIVER] = "Recording",
	[RETRO] = "Retroactive recording: what came before a trigger (sysreel-retro(7))",
	[OUTPUT] = "Output",
	[GROUPS] = "Groups (--count alone is their number of events)",
	[COMMON] = "General",
};

struct opt {
	char letter;
	const char *name, *arg;
	unsigned int cmds;
	enum group group;
	/* Return 0; -1 after telling what is wrong with @arg. */
	int (*set)(const struct opt *opt, struct opts *o, const char *arg);
	size_t off; /* of the member of struct opts that it sets */
	uint64_t min, max;
	const char *help;
};

/* ---- values ---- */

static int bad(const struct opt *opt, const char *arg, const char *want)
{
	say("--%s %s: %s", opt->name, arg, want);
	return -1;
}

/* A decimal number with nothing after it but what *end then points to. */
static int parse_u64(const char *s, uint64_t *out, const char **end)
{
	char *e;

	errno = 0;
	*out = strtoull(s, &e, 10);
	if (*s < '0' || *s > '9' || errno)
		return -1;
	*end = e;
	return 0;
}

static int set_flag(const struct opt *opt, struct opts *o, const char *arg)
{
	(void)arg;
	*(bool *)((char *)o + opt->off) = true;
	return 0;
}

static int set_text(const struct opt *opt, struct opts *o, const char *arg)
{
	*(const char **)((char *)o + opt->off) = arg;
	return 0;
}

static int set_num(const struct opt *opt, struct opts *o, const char *arg)
{
	char want[80];
	const char *end;
	uint64_t v;

	if (parse_u64(arg, &v, &end) == 0 && !*end && v >= opt->min && v <= opt->max) {
		*(uint32_t *)((char *)o + opt->off) = (uint32_t)v;
		return 0;
	}
	(void)snprintf(want, sizeof(want), "expected a number from %" PRIu64 " to %" PRIu64,
		       opt->min, opt->max); /* two numbers of 20 digits fit */
	return bad(opt, arg, want);
}

static int add_value(const struct opt *opt, struct opts *o, const char *field)
{
	struct sr_oneliner_col *v = &o->values[o->nvalues];

	if (o->nvalues == MAX_VALUES) {
		say("--%s: too many values; at most %d", opt->name, MAX_VALUES);
		return -1;
	}
	v->field = field;
	if (sr_oneliner_op(opt->name, &v->op))
		o->nvalues++;
	return 0;
}

static int set_value(const struct opt *opt, struct opts *o, const char *arg)
{
	return *arg ? add_value(opt, o, arg) : bad(opt, arg, "expected the name of a field");
}

static int set_top(const struct opt *opt, struct opts *o, const char *arg)
{
	const char *end;
	uint64_t v;

	if (parse_u64(arg, &v, &end) < 0 || *end || v > UINT32_MAX)
		return bad(opt, arg, "expected how many rows, 0 for all");
	o->top = (uint32_t)v;
	o->top_text = arg;
	return 0;
}

static int set_hist(const struct opt *opt, struct opts *o, const char *arg)
{
	if (o->nhists == SR_ONELINER_HISTS)
		return bad(opt, arg, "too many histograms; at most 4");
	o->hists[o->nhists++] = arg;
	return *arg ? 0 : bad(opt, arg, "expected the name of a field");
}

static int set_count(const struct opt *opt, struct opts *o, const char *arg)
{
	const char *end;

	if (!arg)
		return add_value(opt, o, NULL);
	if (parse_u64(arg, &o->count, &end) == 0 && !*end && o->count)
		return 0;
	return bad(opt, arg, "expected how many events, at least 1");
}

struct unit {
	const char *name;
	uint64_t factor;
};

static const struct unit times[] = {
	{ "", 1000000000 },   { "ms", 1000000 },      { "s", 1000000000 },
	{ "m", 60000000000 }, { "h", 3600000000000 }, { "d", 86400000000000 },
};
static const struct unit sizes[] = {
	{ "kB", 1000 },	      { "k", 1000 },	   { "KiB", 1 << 10 },
	{ "MB", 1000000 },    { "M", 1000000 },	   { "MiB", 1 << 20 },
	{ "GB", 1000000000 }, { "G", 1000000000 }, { "GiB", 1 << 30 },
};
/* Of -C: as in other tools a bare number is millions of bytes. */
static const struct unit millions[] = { { "", 1000000 } };

#define NTIMES (sizeof(times) / sizeof(times[0]))
#define NSIZES (sizeof(sizes) / sizeof(sizes[0]))

/* A number with a unit, up to the end or a comma. Return where it ends; NULL: it is none. */
static const char *parse_units(const char *s, const struct unit *units, size_t n, uint64_t *out)
{
	const char *end;
	uint64_t v;

	if (parse_u64(s, &v, &end) < 0 || !v)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		size_t len = strlen(units[i].name);

		if (strcspn(end, ",") == len && strncmp(end, units[i].name, len) == 0 &&
		    !__builtin_mul_overflow(v, units[i].factor, out))
			return end + len;
	}
	return NULL;
}

static int set_span(const struct opt *opt, struct opts *o, const char *arg)
{
	const char *end = parse_units(arg, times, NTIMES, (uint64_t *)((char *)o + opt->off));

	return end && !*end ? 0 : bad(opt, arg, "expected a time such as 500ms, 10s, 5m or 1h");
}

static int set_size(const struct opt *opt, struct opts *o, const char *arg)
{
	const char *end = parse_units(arg, sizes, NSIZES, (uint64_t *)((char *)o + opt->off));

	return end && !*end ? 0 : bad(opt, arg, "expected a size such as 64MB or 1GiB");
}

static int set_file_size(const struct opt *opt, struct opts *o, const char *arg)
{
	const char *end = parse_units(arg, millions, 1, &o->file_bytes);

	if (!end || *end)
		end = parse_units(arg, sizes, NSIZES, &o->file_bytes);
	return end && !*end ? 0 : bad(opt, arg, "expected MB, or a size such as 500kB or 1GiB");
}

static int set_seconds(const struct opt *opt, struct opts *o, const char *arg)
{
	uint64_t ns;
	const char *end = parse_units(arg, times, NTIMES, &ns);

	o->file_seconds = ns / 1000000000u;
	return end && !*end && o->file_seconds
		       ? 0
		       : bad(opt, arg, "expected seconds, or a time such as 5m or 1h");
}

static int set_sync(const struct opt *opt, struct opts *o, const char *arg)
{
	static const char *const words[] = { "never", "critical", "block" };
	const char *end;

	for (int i = 0; i < 3; i++)
		if (strcmp(arg, words[i]) == 0) {
			o->sync = i;
			return 0;
		}
	end = parse_units(arg, times, NTIMES, &o->sync_ns);
	o->sync = SR_SYNC_EVERY;
	return end && !*end
		       ? 0
		       : bad(opt, arg, "expected never, critical, block, or a time such as 5s");
}

/* A time, a size, or both with a comma. A bare number could be either. */
static int set_retro(const struct opt *opt, struct opts *o, const char *arg)
{
	const char *p = arg, *end;

	o->retro = true;
	do {
		end = parse_units(p, times + 1, NTIMES - 1, &o->retro_ns);
		if (!end)
			end = parse_units(p, sizes, NSIZES, &o->retro_bytes);
		p = end && *end ? end + 1 : end;
	} while (end && *end);
	return end ? 0 : bad(opt, arg, "expected a time or a size, such as 60s, 64MB or 60s,64MB");
}

static int set_retro_per(const struct opt *opt, struct opts *o, const char *arg)
{
	o->per_container = strcmp(arg, "container") == 0;
	return o->per_container || strcmp(arg, "host") == 0
		       ? 0
		       : bad(opt, arg, "expected container or host");
}

static int set_hook(const struct opt *opt, struct opts *o, const char *arg)
{
	if (strcmp(arg, "tp_btf") == 0)
		o->hook = SR_HOOK_TP_BTF;
	else if (strcmp(arg, "raw_tp") == 0)
		o->hook = SR_HOOK_RAW_TP;
	else
		return bad(opt, arg, "expected tp_btf or raw_tp");
	return 0;
}

static int set_trigger(const struct opt *opt, struct opts *o, const char *arg)
{
	if (o->ntriggers == MAX_TRIGGERS)
		return bad(opt, arg, "too many triggers; at most 32");
	o->triggers[o->ntriggers++] = arg;
	return 0;
}

static int set_max_triggers(const struct opt *opt, struct opts *o, const char *arg)
{
	const char *end;
	uint64_t v;

	if (parse_u64(arg, &v, &end) < 0 || (*end && strcmp(end, "/h") != 0) || v > 1000)
		return bad(opt, arg, "expected how many an hour, at most 1000: 10 or 10/h");
	o->max_triggers = (uint32_t)v;
	return 0;
}

static int add_target(const struct opt *opt, const char **list, size_t *n, const char *arg)
{
	if (*n == MAX_TARGETS)
		return bad(opt, arg, "too many targets; at most 64 of a sort");
	if (!*arg)
		return bad(opt, arg, "expected a name");
	list[(*n)++] = arg;
	return 0;
}

static int set_container(const struct opt *opt, struct opts *o, const char *arg)
{
	return add_target(opt, o->containers, &o->ncontainers, arg);
}

static int set_not_container(const struct opt *opt, struct opts *o, const char *arg)
{
	return add_target(opt, o->not_containers, &o->nnot_containers, arg);
}

static int set_cgroup(const struct opt *opt, struct opts *o, const char *arg)
{
	return add_target(opt, o->cgroups, &o->ncgroups, arg);
}

static int set_pid(const struct opt *opt, struct opts *o, const char *arg)
{
	const char *end;
	uint64_t v;

	if (o->npids == MAX_TARGETS)
		return bad(opt, arg, "too many targets; at most 64 of a sort");
	if (parse_u64(arg, &v, &end) < 0 || *end || !v || v > INT32_MAX)
		return bad(opt, arg, "expected the number of a process");
	o->pids[o->npids++] = (pid_t)v;
	return 0;
}

static int set_time(const struct opt *opt, struct opts *o, const char *arg)
{
	if (!*arg || arg[1] || !strchr("hardD", *arg))
		return bad(opt, arg, "expected one of h, a, r, d, D");
	o->time_mode = *arg;
	return 0;
}

static int set_payload(const struct opt *opt, struct opts *o, const char *arg)
{
	(void)arg;
	if (o->payload && o->payload != opt->letter) {
		say("-%c and -%c: buffers can be shown in one way only", o->payload, opt->letter);
		return -1;
	}
	o->payload = opt->letter;
	return 0;
}

static int set_color(const struct opt *opt, struct opts *o, const char *arg)
{
	static const char *const words[] = { "never", "auto", "always" };

	for (int i = 0; i < 3; i++)
		if (strcmp(arg, words[i]) == 0) {
			o->color = i - 1;
			return 0;
		}
	return bad(opt, arg, "expected auto, always or never");
}

static int set_chisel(const struct opt *opt, struct opts *o, const char *arg)
{
	if (o->nchisels == MAX_CHISELS)
		return bad(opt, arg, "too many chisels; at most 16");
	o->chisels[o->nchisels].name = arg;
	o->chisels[o->nchisels++].at = o->nwords;
	return 0;
}

/* ---- the table ---- */

#define FLAG(member)	    set_flag, offsetof(struct opts, member), 0, 0
#define TEXT(member)	    set_text, offsetof(struct opts, member), 0, 0
#define NUM(member, lo, hi) set_num, offsetof(struct opts, member), lo, hi
#define SPAN(member)	    set_span, offsetof(struct opts, member), 0, 0
#define SIZE(member)	    set_size, offsetof(struct opts, member), 0, 0
#define CALL(fn)	    fn, 0, 0, 0

#define READ		    CMD_READ
#define LIVE		    CMD_LIVE
#define RECORD		    CMD_RECORD
#define INFO		    CMD_INFO
#define VERIFY		    CMD_VERIFY
#define FIELDS		    CMD_FIELDS
#define CHISELS		    CMD_CHISELS
#define DOCTOR		    CMD_DOCTOR
#define FILTER		    CMD_FILTER
#define TRIGGER		    CMD_TRIGGER
#define MERGE		    CMD_MERGE
#define CONVERT		    CMD_CONVERT
#define CHISEL		    CMD_CHISEL
#define EVERY		    CMD_EVERY

static const struct opt table[] = {
#define OPT(letter, name, arg, cmds, group, setter, help) \
	{ letter, name, arg, cmds, group, setter, help },
#include "cli/opts.def"
#undef OPT
};
#define NOPTS	  (sizeof(table) / sizeof(table[0]))

/* ---- parsing ---- */

#define LONG_BASE 256 /* getopt's value of the row i: its letter or LONG_BASE + i */

struct parser {
	char letters[2 * 64 + 4];
	struct option longs[NOPTS + 1];
	const struct opt *rows[NOPTS];
	size_t n;
};

/* --count N limits, as in other tools; --count alone is a column of groups. */
static bool counts_groups(const struct opt *t, unsigned int cmd)
{
	return t->set == set_count && (cmd & (READ | LIVE));
}

/* "-" first: plain words are returned in order too, so that a chisel knows the words after it.
 * ":" next: a missing argument is told apart from an unknown option. */
static void make_parser(struct parser *p, unsigned int cmd)
{
	char *l = p->letters;

	memset(p, 0, sizeof(*p));
	*l++ = '-';
	*l++ = ':';
	for (size_t i = 0; i < NOPTS; i++) {
		const struct opt *t = &table[i];

		if (!(t->cmds & cmd))
			continue;
		p->rows[p->n] = t;
		p->longs[p->n].name = t->name;
		p->longs[p->n].has_arg = !t->arg		 ? no_argument
					 : counts_groups(t, cmd) ? optional_argument
								 : required_argument;
		p->longs[p->n].val = LONG_BASE + (int)p->n;
		p->n++;
		if (!t->letter)
			continue;
		*l++ = t->letter;
		if (t->arg)
			*l++ = ':';
	}
}

static const struct opt *find_row(const struct parser *p, int c)
{
	if (c >= LONG_BASE && (size_t)(c - LONG_BASE) < p->n)
		return p->rows[c - LONG_BASE];
	for (size_t i = 0; i < p->n; i++)
		if (p->rows[i]->letter == c)
			return p->rows[i];
	return NULL;
}

static int unknown_option(const struct cmd *c, char **argv)
{
	if (optopt && optopt < LONG_BASE)
		say("unknown option -%c", optopt);
	else
		say("unknown or unclear option %s", argv[optind - 1]);
	say("`sysreel %s --help` lists the options", c->name);
	return -1;
}

static bool is_number(const char *s)
{
	return *s && !s[strspn(s, "0123456789")];
}

static int parse_one(struct opts *o, const struct cmd *c, const struct parser *p, int got, int argc,
		     char **argv)
{
	const struct opt *row;

	if (got == 1) {
		o->words[o->nwords++] = optarg;
		return 0;
	}
	if (got == ':') {
		say("%s needs an argument", argv[optind - 1]);
		return -1;
	}
	row = find_row(p, got);
	if (row && !optarg && counts_groups(row, c->bit) && optind < argc &&
	    is_number(argv[optind]))
		optarg = argv[optind++];
	return row ? row->set(row, o, optarg) : unknown_option(c, argv);
}

/* What follows "--": the command to record, or further plain words. */
static void take_rest(struct opts *o, const struct cmd *c, int argc, char **argv)
{
	bool dashes = optind > 1 && strcmp(argv[optind - 1], "--") == 0;

	if (optind < argc && dashes && (c->bit & (RECORD | LIVE))) {
		o->command = argv + optind;
		return;
	}
	while (optind < argc)
		o->words[o->nwords++] = argv[optind++];
}

int opts_parse(struct opts *o, const struct cmd *c, int argc, char **argv)
{
	struct parser p;
	int got;

	*o = (struct opts){ .time_mode = 'h',
			    .max_str = 80,
			    .snaplen = 80,
			    .top = SR_ONELINER_TOP,
			    .argc = argc,
			    .sync = -1,
			    .after_ns = 30000000000,
			    .max_triggers = 10,
			    .retro_memory = 256000000 };
	o->argv = argv;
	o->words = calloc((size_t)argc + 1, sizeof(*o->words));
	if (!o->words) {
		say("out of memory");
		return -1;
	}
	make_parser(&p, c->bit);
	optind = 1;
	while ((got = getopt_long(argc, argv, p.letters, p.longs, NULL)) != -1)
		if (parse_one(o, c, &p, got, argc, argv) < 0)
			return -1;
	take_rest(o, c, argc, argv);
	return 0;
}

/* ---- help ---- */

static void help_row(const struct opt *t, FILE *to)
{
	char left[64];
	int n;

	if (t->letter)
		n = snprintf(left, sizeof(left), "-%c, --%s%s%s", t->letter, t->name,
			     t->arg ? " " : "", t->arg ? t->arg : "");
	else
		n = snprintf(left, sizeof(left), "    --%s%s%s", t->name, t->arg ? " " : "",
			     t->arg ? t->arg : "");
	if (n > 28)
		(void)fprintf(to, "  %s\n  %-28s  %s\n", left, "", t->help);
	else
		(void)fprintf(to, "  %-28s  %s\n", left, t->help);
}

void opts_help(const struct cmd *c, FILE *to)
{
	(void)fprintf(to, "usage: sysreel %s %s\n\n%s.\n", c->name, c->args, c->summary);
	for (int g = 0; g < GROUP_COUNT; g++) {
		bool any = false;

		for (size_t i = 0; i < NOPTS; i++) {
			if (!(table[i].cmds & c->bit) || (int)table[i].group != g)
				continue;
			if (!any)
				(void)fprintf(to, "\n%s:\n", group_names[g]);
			any = true;
			help_row(&table[i], to);
		}
	}
	if (c->more)
		(void)fprintf(to, "\n%s", c->more);
}

bool opts_row(const struct cmd *c, size_t i, struct opts_row *out)
{
	for (size_t k = 0; k < NOPTS; k++) {
		if (!(table[k].cmds & c->bit) || i--)
			continue;
		*out = (struct opts_row){ table[k].letter, table[k].name, table[k].arg,
					  table[k].help };
		return true;
	}
	return false;
}

bool opts_groups(const struct opts *o)
{
	return o->by || o->nvalues || o->nhists;
}

char *opts_filter_text(const struct opts *o)
{
	struct sr_buf b = { 0 };
	char *s;

	for (int i = 0; i < o->nwords; i++) {
		if (i)
			sr_buf_putc(&b, ' ');
		sr_buf_puts(&b, o->words[i]);
	}
	s = strdup(sr_buf_cstr(&b));
	if (b.oom) {
		free(s);
		s = NULL;
	}
	sr_buf_free(&b);
	return s;
}

void opts_drop_words(struct opts *o, int at, int n)
{
	memmove(o->words + at, o->words + at + n, (size_t)(o->nwords - at - n) * sizeof(*o->words));
	o->nwords -= n;
	for (size_t i = 0; i < o->nchisels; i++)
		if (o->chisels[i].at > at)
			o->chisels[i].at -= o->chisels[i].at < at + n ? o->chisels[i].at - at : n;
}
