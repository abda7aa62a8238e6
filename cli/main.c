/* SPDX-License-Identifier: Apache-2.0 */
/* The program: finds the command that is meant and runs it. */
#include "cli/cli.h"
#include "cli/complete.h"
#include "formats/base/log.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char more_read[] =
	"Without options each event is a line: number, time, CPU, container, process (thread),\n"
	"duration, call = result. Where events were lost a line says so. The exit status is 1 if\n"
	"nothing matched. A damaged place is told on standard error and skipped; `sysreel verify`\n"
	"turns damage into an exit status.\n"
	"\n"
	"Rows of what existed when recording began are left out unless --state is given or the\n"
	"filter asks for evt.type process or openfile.\n"
	"\n"
	"A chisel's arguments follow its name: numbers, NAME=VALUE, or what it requires\n"
	"(`sysreel chisels NAME`). The filter comes after them.\n"
	"\n"
	"  sysreel read web.reel 'proc.name=nginx and fd.name startswith /etc'\n"
	"  sysreel read web.reel -p '%evt.time %proc.name %fd.name' -n 20\n"
	"  sysreel read web.reel -c topfiles_bytes 20\n"
	"  sysreel read web.reel -w small.reel container.name=db\n";

static const char more_live[] =
	"Shows events as they happen, with the same lines, filters and chisels as `sysreel read`,\n"
	"until Ctrl-C. After -- a command to run and watch.\n"
	"\n"
	"  sysreel live --container web evt.type=openat\n"
	"  sysreel live -- ls /\n";

static const char more_record[] =
	"Records until Ctrl-C, --duration, -n, or the end of the command after --. That command runs\n"
	"in a cgroup of its own, and its exit status becomes sysreel's. sysreel itself is never\n"
	"recorded. A file that is not a capture is never overwritten.\n"
	"\n"
	"  sysreel record -w web.reel --container web\n"
	"  sysreel record -w run.reel -- ./server --port 80\n"
	"  sysreel record -w all.reel --duration 30s evt.type in (execve, connect)\n"
	"  sysreel record -w /var/log/web-%F-%H%M.reel -G 1h --max-disk 10GB --container web\n"
	"  sysreel record --retro 60s -w /var/lib/sysreel --trigger oom --trigger fatal-signal\n";

static const char more_trigger[] =
	"Asks a running `sysreel record --retro` to write what it holds, and prints the names of the\n"
	"files; they go on for the time of its --after. The words stand in the file as the reason.\n"
	"Exit status: 0; 1 the recorder refused; 2 there is none.\n"
	"\n"
	"  sysreel trigger checkout is slow\n"
	"  sysreel trigger --status\n";

static const char more_verify[] =
	"Exit status: 0 undamaged and complete; 1 something is missing (lost events, or the\n"
	"recorder did not end in order); 2 damaged, or not a capture.\n";

static const char more_merge[] =
	"Events come in the order of wall time, each with the host where it happened (evt.hostname).\n"
	"Users, groups and containers are those of that host. The parts of one recording (-C, -G, -e)\n"
	"become what they would have been without these. Plain words that are files are merged; the\n"
	"filter comes after them.\n"
	"\n"
	"  sysreel merge a.reel b.reel -w both.reel\n"
	"  sysreel merge web.reel* -w web-all.reel proc.name=nginx\n";

static const char more_convert[] =
	"The name of OUT says what it becomes: NAME.scap or NAME.scap.gz, else .reel. What is in IN\n"
	"its first bytes say. `sysreel read IN -w OUT` does the same.\n"
	"\n"
	"  sysreel convert web.reel web.scap\n"
	"  sysreel convert old.scap.gz old.reel proc.name=nginx\n";

static const char more_chisel[] =
	"new writes a folder with a chisel that works and a test of it. build compiles one by $CC\n"
	"(or cc), with this sysreel's header, and looks whether it can be loaded. test builds what is\n"
	"in DIR (default: this folder) and compares what DIR/test/*/cmd prints with the stdout beside.\n"
	"Exit status: 0; 1 a test failed; 2 it does not compile or load.\n"
	"\n"
	"  sysreel chisel new hotfiles\n"
	"  sysreel chisel test hotfiles\n"
	"  sysreel chisel build hotfiles/hotfiles.c --install\n";

static const struct cmd cmds[] = {
	{ "record", "-w FILE [OPTIONS] [FILTER] [-- COMMAND...]",
	  "Record containers, processes or the host into a capture file", more_record, CMD_RECORD,
	  cmd_record },
	{ "read", "FILE [OPTIONS] [FILTER]", "Print, filter and analyse a capture file", more_read,
	  CMD_READ, cmd_read },
	{ "live", "[OPTIONS] [FILTER] [-- COMMAND...]", "The same without a file, as it happens",
	  more_live, CMD_LIVE, cmd_live },
	{ "info", "FILE", "What is in a capture: host, time range, containers, completeness", NULL,
	  CMD_INFO, cmd_info },
	{ "merge", "FILE... -w OUT [FILTER]",
	  "Join captures of several hosts, or the parts of a recording, by time", more_merge,
	  CMD_MERGE, cmd_merge },
	{ "convert", "IN OUT [FILTER]",
	  "From .reel to the .scap of sysdig, Falco and Wireshark, and back", more_convert,
	  CMD_CONVERT, cmd_convert },
	{ "verify", "FILE", "Is a capture undamaged and complete", more_verify, CMD_VERIFY,
	  cmd_verify },
	{ "fields", "[CLASS|WORD]", "The fields of filters, formats and JSON", NULL, CMD_FIELDS,
	  cmd_fields },
	{ "chisels", "[NAME|CATEGORY]", "The analysis scripts that are installed", NULL,
	  CMD_CHISELS, cmd_chisels },
	{ "chisel", "new NAME [DIR] | build FILE.c | test [DIR]", "Make a chisel of one's own",
	  more_chisel, CMD_CHISEL, cmd_chisel },
	{ "trigger", "[OPTIONS] [REASON...]", "Make a retroactive recorder write what it holds",
	  more_trigger, CMD_TRIGGER, cmd_trigger },
	{ "filter", "EXPR", "How a filter is understood", NULL, CMD_FILTER, cmd_filter },
	{ "doctor", "", "Can this machine record, and what is missing if not", NULL, CMD_DOCTOR,
	  cmd_doctor },
};
#define NCMDS (sizeof(cmds) / sizeof(cmds[0]))

static void log_to_stderr(enum sr_log_level level, const char *msg, void *arg)
{
	const bool *verbose = arg;

	if (*verbose || level >= SR_LOG_WARN)
		say("%s", msg);
}

static void usage(FILE *to)
{
	(void)fprintf(to, "sysreel records what containers do, and finds it again.\n\n"
			  "usage: sysreel COMMAND ...\n\n");
	for (size_t i = 0; i < NCMDS; i++)
		(void)fprintf(to, "  %-8s  %s\n", cmds[i].name, cmds[i].summary);
	(void)fprintf(to,
		      "\n`sysreel COMMAND --help` tells more. For fingers that know sysdig:\n"
		      "sysreel -r FILE, sysreel -w FILE and sysreel FILTER are read, record and "
		      "live.\n");
}

static const struct cmd *find_cmd(const char *name)
{
	for (size_t i = 0; i < NCMDS; i++)
		if (strcmp(cmds[i].name, name) == 0)
			return &cmds[i];
	return NULL;
}

/* Edit distance of short words, to guess what a mistyped command was. */
static unsigned int distance(const char *a, const char *b)
{
	unsigned int row[32], n = (unsigned int)strlen(b);

	if (n > 30 || strlen(a) > 30)
		return 99;
	for (unsigned int j = 0; j <= n; j++)
		row[j] = j;
	for (unsigned int i = 1; *a; a++, i++) {
		unsigned int diag = row[0];

		row[0] = i;
		for (unsigned int j = 1; j <= n; j++) {
			unsigned int best = diag + (*a != b[j - 1]);

			diag = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[n];
}

static int unknown_command(const char *word)
{
	const struct cmd *near = NULL;
	unsigned int best = 3; /* further away is no likely slip */

	for (size_t i = 0; i < NCMDS; i++) {
		unsigned int d = distance(word, cmds[i].name);

		if (d < best) {
			best = d;
			near = &cmds[i];
		}
	}
	if (near)
		return fail("no command '%s'; did you mean '%s'?", word, near->name);
	if (access(word, R_OK) == 0)
		return fail("no command '%s'; to read the file: sysreel read %s", word, word);
	return fail("no command '%s', and no filter either; `sysreel --help` lists the commands",
		    word);
}

static int run_cmd(const struct cmd *c, int argc, char **argv)
{
	static bool verbose; /* the log lives as long as the process */
	struct opts o;
	int rc;

	argv[0] = (char *)c->name; /* also where it was guessed; nobody writes to it */
	rc = EXIT_USAGE;
	if (opts_parse(&o, c, argc, argv) < 0)
		goto out;
	rc = EXIT_OK;
	if (o.help) {
		opts_help(c, stdout);
		goto out;
	}
	verbose = o.verbose;
	sr_log_set(log_to_stderr, &verbose);
	rc = c->run(&o);
out:
	free(o.words);
	return rc;
}

/* Without a command's name: -r is read, -w is record, anything else is live. */
static const struct cmd *guess_cmd(int argc, char **argv)
{
	const struct cmd *c = find_cmd("live");

	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (strncmp(argv[i], "-r", 2) == 0 || strncmp(argv[i], "--read", 6) == 0)
			return find_cmd("read");
		if (strncmp(argv[i], "-w", 2) == 0 || strncmp(argv[i], "--write", 7) == 0)
			c = find_cmd("record");
	}
	return c;
}

static const struct cmd *meant_cmd(int argc, char **argv)
{
	const struct cmd *c = find_cmd(argv[1]);

	return c ? c : guess_cmd(argc, argv);
}

static int cmd_help(int argc, char **argv)
{
	const struct cmd *c;

	if (argc < 2) {
		usage(stdout);
		return EXIT_OK;
	}
	/* For the completion of shells. */
	if (strcmp(argv[1], "--complete") == 0)
		return complete_line(argc > 2 ? argv[2] : "", meant_cmd, cmds, NCMDS);
	c = find_cmd(argv[argc - 1]);
	if (!c)
		return unknown_command(argv[argc - 1]);
	opts_help(c, stdout);
	return EXIT_OK;
}

/* Field names have a dot, so whatever has one is meant to be a filter, even if a wrong one. */
static bool looks_like_filter(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (strpbrk(argv[i], ".=<>(") && access(argv[i], F_OK) != 0)
			return true;
	return false;
}

int main(int argc, char **argv)
{
	const struct cmd *c;

	(void)signal(SIGPIPE, SIG_IGN); /* EPIPE tells; cannot fail for this signal */
	if (argc < 2) {
		usage(isatty(STDOUT_FILENO) ? stdout : stderr);
		return EXIT_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		usage(stdout);
		return EXIT_OK;
	}
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "version") == 0) {
		(void)puts("sysreel " SR_VERSION);
		return EXIT_OK;
	}
	if (strcmp(argv[1], "help") == 0)
		return cmd_help(argc - 1, argv + 1);
	c = find_cmd(argv[1]);
	if (c)
		return run_cmd(c, argc - 1, argv + 1);
	if (argv[1][0] != '-' && !looks_like_filter(argc, argv))
		return unknown_command(argv[1]);
	return run_cmd(guess_cmd(argc, argv), argc, argv);
}
