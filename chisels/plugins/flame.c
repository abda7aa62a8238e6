/* SPDX-License-Identifier: Apache-2.0 */
/* Where does the time go? Containers, processes below their ancestors, system calls and files as a
 * flame graph: folded stacks for other tools, or a picture. */
#include "chisels/plugins/kit.h"

#define ANCESTORS 6
#define MAX_NODES 200000
#define WIDTH	  1200 /* of the picture */
#define LEVEL	  18   /* height of a frame in it */

enum {
	F_CONTAINER,
	F_CALL,
	F_FILE,
	F_LATENCY,
	F_NAME, /* and its ancestors */
	NFIELDS = F_NAME + 1 + ANCESTORS
};

static const struct sysreel_field fields[NFIELDS] = {
	[F_CONTAINER] = { .name = "container.name", .type = SYSREEL_STR },
	[F_CALL] = { .name = "syscall.type", .type = SYSREEL_STR },
	[F_FILE] = { .name = "fd.name", .type = SYSREEL_STR },
	[F_LATENCY] = { .name = "evt.latency", .type = SYSREEL_DURATION },
	[F_NAME] = { .name = "proc.name", .type = SYSREEL_STR },
	[F_NAME + 1] = { .name = "proc.aname[1]", .type = SYSREEL_STR },
	[F_NAME + 2] = { .name = "proc.aname[2]", .type = SYSREEL_STR },
	[F_NAME + 3] = { .name = "proc.aname[3]", .type = SYSREEL_STR },
	[F_NAME + 4] = { .name = "proc.aname[4]", .type = SYSREEL_STR },
	[F_NAME + 5] = { .name = "proc.aname[5]", .type = SYSREEL_STR },
	[F_NAME + 6] = { .name = "proc.aname[6]", .type = SYSREEL_STR },
};

static const struct sysreel_arg args[] = {
	{ .name = "svg",
	  .type = SYSREEL_BOOL,
	  .def = "no",
	  .help = "a picture for a browser, in place of folded stacks" },
	{ .name = "calls",
	  .type = SYSREEL_BOOL,
	  .def = "no",
	  .help = "count calls, not the nanoseconds in them" },
	{ .name = "files",
	  .type = SYSREEL_BOOL,
	  .def = "no",
	  .help = "go down to files and connections" },
};

struct node {
	struct node *child, *next;
	uint64_t self, total;
	uint32_t len;
	char name[];
};

struct state {
	const struct sysreel_host *h;
	int svg, calls, files;
	struct node *root;
	uint32_t nodes;
	uint64_t left_out; /* calls for which there was no room */
	struct kit_text path;
};

static struct node *node_new(const char *name, size_t len)
{
	struct node *n = calloc(1, sizeof(*n) + len + 1);

	if (n && len)
		memcpy(n->name, name, len);
	if (n)
		n->len = (uint32_t)len;
	return n;
}

static int init(const struct sysreel_host *h, void **state)
{
	struct state *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	*state = s;
	s->h = h;
	s->svg = h->arg_int(h, "svg") != 0;
	s->calls = h->arg_int(h, "calls") != 0;
	s->files = h->arg_int(h, "files") != 0;
	s->root = node_new("all", 3);
	return s->root ? 0 : -ENOMEM;
}

/* The child of that name; the one asked for last comes first. NULL without room. */
static struct node *down(struct state *s, struct node *parent, const struct sysreel_str *name)
{
	struct node **at = &parent->child, *n;

	while (*at && ((*at)->len != name->len || memcmp((*at)->name, name->p, name->len) != 0))
		at = &(*at)->next;
	n = *at;
	if (n)
		*at = n->next;
	else if (s->nodes < MAX_NODES)
		n = node_new(name->p, name->len);
	if (!n)
		return NULL;
	s->nodes += !n->total;
	n->next = parent->child;
	parent->child = n;
	return n;
}

static void add(struct state *s, const struct sysreel_batch *b, uint32_t row)
{
	uint64_t weight = s->calls ? 1 : kit_num(b, F_LATENCY, row);
	struct sysreel_str parts[ANCESTORS + 4];
	struct node *n = s->root;
	size_t count = 0;

	if (!weight)
		return;
	parts[count++] = kit_str(b, F_CONTAINER, row);
	for (uint32_t i = ANCESTORS + 1; i-- > 0;)
		parts[count++] = kit_str(b, F_NAME + i, row);
	parts[count++] = kit_str(b, F_CALL, row);
	if (s->files)
		parts[count++] = kit_str(b, F_FILE, row);
	for (size_t i = 0; n && i < count; i++) {
		if (!parts[i].len)
			continue;
		n = down(s, n, &parts[i]);
		if (n)
			n->total += weight;
	}
	if (!n) {
		s->left_out++;
		return;
	}
	n->self += weight;
	s->root->total += weight;
}

static int on_batch(void *state, const struct sysreel_batch *b)
{
	for (uint32_t row = 0; row < b->n; row++)
		add(state, b, row);
	return 0;
}

/* Puts the children in the order of their names. Lists are short, and sorted once. */
static void sort_children(struct node *n)
{
	struct node *sorted = NULL;

	while (n->child) {
		struct node *c = n->child, **at = &sorted;

		n->child = c->next;
		while (*at && strcmp((*at)->name, c->name) < 0)
			at = &(*at)->next;
		c->next = *at;
		*at = c;
	}
	n->child = sorted;
}

/* ---- folded stacks ---- */

/* The depth is that of the longest stack: a container, processes, a call and a file. */
static int fold(struct state *s, struct node *n)
{
	size_t len = s->path.len;
	int rc = 0;

	sort_children(n);
	if (n != s->root) {
		rc = len ? kit_puts(&s->path, ";") : 0;
		for (uint32_t i = 0; rc == 0 && i < n->len; i++) /* these have a meaning */
			rc = kit_puts(&s->path,
				      n->name[i] == ';' ? ":" : (char[]){ n->name[i], 0 });
	}
	if (rc == 0 && n->self)
		s->h->line(s->h, "%s %llu", s->path.p, (unsigned long long)n->self);
	for (struct node *c = n->child; rc == 0 && c; c = c->next)
		rc = fold(s, c);
	s->path.len = len;
	if (s->path.p)
		s->path.p[len] = '\0';
	return rc;
}

/* ---- a picture ---- */

/* Clicking on a frame makes it as wide as the picture; on the bottom one: all of it again. */
static const char *const script[] = {
	"<script><![CDATA[",
	"var frames = Array.from(document.querySelectorAll('g.f'));",
	"function show(x, w) {",
	"  frames.forEach(function (g) {",
	"    var a = +g.dataset.x, b = +g.dataset.w;",
	"    var l = Math.max(0, (a - x) / w), r = Math.min(1, (a + b - x) / w);",
	"    g.style.display = r > l ? '' : 'none';",
	"    g.firstElementChild.setAttribute('x', l * 1200);",
	"    g.firstElementChild.setAttribute('width', Math.max(0, (r - l) * 1200 - 0.5));",
	"    var t = g.children[1], n = Math.floor((r - l) * 1200 / 7) - 1, s = g.dataset.n;",
	"    t.setAttribute('x', l * 1200 + 3);",
	"    t.textContent = n < 2 ? '' : s.length <= n ? s : s.slice(0, n - 1) + '\\u2026';",
	"  });",
	"}",
	"frames.forEach(function (g) {",
	"  g.onclick = function () { show(+g.dataset.x, +g.dataset.w); };",
	"});",
	"show(0, 1);",
	"]]></script>",
};

static int put_xml(struct kit_text *out, const struct node *n)
{
	int rc = 0;

	out->len = 0;
	for (uint32_t i = 0; rc == 0 && i < n->len; i++) {
		unsigned char c = (unsigned char)n->name[i];

		if (c == '<' || c == '>' || c == '&' || c == '"')
			rc = kit_printf(out, "&#%u;", c);
		else
			rc = kit_put(out, c < ' ' || c > '~' ? "?" : (const char *)&c, 1);
	}
	return rc;
}

static unsigned int depth_of(const struct node *n)
{
	unsigned int most = 0;

	for (const struct node *c = n->child; c; c = c->next) {
		unsigned int d = depth_of(c);

		most = d > most ? d : most;
	}
	return most + 1;
}

/* Bottom up; @left is where the frame begins, in parts of the whole. */
static int draw(struct state *s, struct node *n, unsigned int depth, unsigned int height,
		double left)
{
	double all = (double)s->root->total, width = (double)n->total / all;
	unsigned int hue = 20 + (unsigned int)(kit_hash(0, n->name, n->len) % 35);
	unsigned int y = height - (depth + 1) * LEVEL;
	int rc = put_xml(&s->path, n);

	if (rc < 0 || width * WIDTH < 0.3) /* too narrow to be seen */
		return rc;
	s->h->line(s->h,
		   "<g class=\"f\" data-x=\"%.9f\" data-w=\"%.9f\" data-n=\"%s\">"
		   "<rect y=\"%u\" height=\"%d\" fill=\"hsl(%u,85%%,62%%)\"/>"
		   "<text y=\"%u\"></text><title>%s: %.3f %s, %.2f%%</title></g>",
		   left, width, s->path.p ? s->path.p : "", y, LEVEL - 1, hue, y + LEVEL - 5,
		   s->path.p ? s->path.p : "", s->calls ? (double)n->total : (double)n->total / 1e6,
		   s->calls ? "calls" : "ms", width * 100);
	sort_children(n);
	left += (double)n->self / all;
	for (struct node *c = n->child; rc == 0 && c; c = c->next) {
		rc = draw(s, c, depth + 1, height, left);
		left += (double)c->total / all;
	}
	return rc;
}

static int picture(struct state *s)
{
	unsigned int height = depth_of(s->root) * LEVEL + 8;
	int rc = 0;

	s->h->line(s->h,
		   "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %u\" width=\"%d\" "
		   "height=\"%u\">",
		   WIDTH, height, WIDTH, height);
	s->h->line(s->h, "<style>text { font: 11px monospace; pointer-events: none } "
			 "g.f { cursor: pointer }</style>");
	if (s->root->total)
		rc = draw(s, s->root, 0, height, 0);
	for (size_t i = 0; i < KIT_N(script); i++)
		s->h->line(s->h, "%s", script[i]);
	s->h->line(s->h, "</svg>");
	return rc;
}

static int finish(void *state)
{
	struct state *s = state;

	if (s->left_out)
		s->h->warn(s->h,
			   "%llu calls found no room: a smaller part of the recording, or no files",
			   (unsigned long long)s->left_out);
	return s->svg ? picture(s) : fold(s, s->root);
}

static void free_nodes(struct node *n)
{
	while (n) {
		struct node *next = n->next;

		free_nodes(n->child);
		free(n);
		n = next;
	}
}

static void fini(void *state)
{
	struct state *s = state;

	if (!s)
		return;
	free_nodes(s->root);
	free(s->path.p);
	free(s);
}

static const struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "flame",
	.category = "Performance",
	.summary = "Flame graph of time in system calls: folded stacks or an SVG",
	.help = "Each stack is a container, up to six ancestors, the process, the system call and, with\n"
		"files=yes, what it was made on. Waiting counts. In the picture a click makes a frame as wide\n"
		"as the picture, and one on the lowest frame shows all again.\n"
		"\n"
		"  sysreel read web.reel -c flame svg=yes evt.is_wait=false > web.svg",
	.filter = "syscall.type exists",
	.flags = SYSREEL_RAW,
	.args = args,
	.nargs = KIT_N(args),
	.fields = fields,
	.nfields = NFIELDS,
	.init = init,
	.on_batch = on_batch,
	.finish = finish,
	.fini = fini,
};

SYSREEL_CHISEL_EXPORT(chisel)
