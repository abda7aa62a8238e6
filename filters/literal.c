/* SPDX-License-Identifier: Apache-2.0 */
/* Literals: the text of a number, duration, port, address or network becomes its value. */
#include "filters/ast.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>

/* Above every value that a field has, and so small that the longest unit (an hour) still
 * fits __int128 behind it. */
#define MAX_NUMBER ((__int128)1 << 80)

/* Names that port literals may have. The machine's own list is not asked: a filter means
 * the same everywhere. */
static const struct {
	const char *name;
	uint16_t port;
} services[] = {
	{ "ftp", 21 },		 { "ssh", 22 },		 { "telnet", 23 },	{ "smtp", 25 },
	{ "domain", 53 },	 { "tftp", 69 },	 { "http", 80 },	{ "kerberos", 88 },
	{ "pop3", 110 },	 { "sunrpc", 111 },	 { "ntp", 123 },	{ "imap2", 143 },
	{ "snmp", 161 },	 { "bgp", 179 },	 { "ldap", 389 },	{ "https", 443 },
	{ "microsoft-ds", 445 }, { "syslog", 514 },	 { "submission", 587 }, { "ldaps", 636 },
	{ "imaps", 993 },	 { "pop3s", 995 },	 { "ms-sql-s", 1433 },	{ "nfs", 2049 },
	{ "mysql", 3306 },	 { "postgresql", 5432 }, { "amqp", 5672 },	{ "redis", 6379 },
	{ "http-alt", 8080 },
};

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : 16;
}

/* Digits of @base at *p; false if there are none or the number is too large. */
static bool digits(const char **p, unsigned base, __int128 *out)
{
	const char *start = *p;

	for (*out = 0; digit(**p) < (int)base && *out <= MAX_NUMBER; ++*p)
		*out = *out * base + digit(**p);
	return *p > start && *out <= MAX_NUMBER;
}

/* `1.5ms`, in nanoseconds; @whole is what stands before the point. */
static bool duration(const char *p, __int128 *whole)
{
	static const struct {
		const char *name;
		int64_t ns;
	} units[] = { { "ns", 1 },	   { "us", 1000 },	   { "ms", 1000000 },
		      { "s", 1000000000 }, { "m", 60000000000LL }, { "h", 3600000000000LL } };
	int64_t scale = 1, part = 0;

	if (*p == '.') {
		for (p++; *p >= '0' && *p <= '9' && scale < 1000000000; p++) {
			part = part * 10 + (*p - '0');
			scale *= 10;
		}
		if (scale == 1)
			return false;
	}
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(p, units[i].name) != 0)
			continue;
		*whole = *whole * units[i].ns + (__int128)part * units[i].ns / scale;
		return true;
	}
	return false;
}

const char *sr_service_name(unsigned i)
{
	return i < sizeof(services) / sizeof(services[0]) ? services[i].name : NULL;
}

static bool service(struct sr_lit *lit)
{
	for (size_t i = 0; i < sizeof(services) / sizeof(services[0]); i++) {
		if (strcmp(lit->text, services[i].name) != 0)
			continue;
		lit->num = services[i].port;
		return true;
	}
	return false;
}

bool sr_lit_number(struct sr_lit *lit, enum sr_family fam)
{
	const char *p = lit->text;
	bool minus = *p == '-', ok;

	lit->is_num = false;
	p += *p == '-' || *p == '+';
	if (p[0] == '0' && (p[1] == 'x' || p[1] == 'X' || p[1] == 'o')) {
		p += 2;
		ok = digits(&p, p[-1] == 'o' ? 8 : 16, &lit->num);
	} else {
		ok = digits(&p, 10, &lit->num);
	}
	if (ok && *p)
		ok = fam == SR_FAM_DUR && duration(p, &lit->num);
	if (ok && minus)
		lit->num = -lit->num;
	if (!ok && fam == SR_FAM_PORT)
		ok = service(lit);
	lit->is_num = ok;
	return ok;
}

bool sr_lit_ip(struct sr_lit *lit)
{
	bool v4 = memchr(lit->text, '.', lit->len) && !memchr(lit->text, ':', lit->len);

	lit->ip = (struct sr_ip){ .v6 = !v4 };
	return inet_pton(v4 ? AF_INET : AF_INET6, lit->text, lit->ip.addr) == 1;
}

bool sr_lit_net(struct sr_lit *lit)
{
	const char *slash = memchr(lit->text, '/', lit->len);
	struct sr_lit addr = *lit;
	char text[INET6_ADDRSTRLEN];
	size_t n = slash ? (size_t)(slash - lit->text) : 0, digits_n;
	unsigned prefix = 0;

	if (!slash || n >= sizeof(text))
		return false;
	memcpy(text, lit->text, n);
	text[n] = 0;
	addr.text = text;
	addr.len = n;
	digits_n = strspn(slash + 1, "0123456789");
	if (!digits_n || digits_n > 3 || slash[1 + digits_n] || !sr_lit_ip(&addr))
		return false;
	prefix = (unsigned)strtoul(slash + 1, NULL, 10);
	if (prefix > (addr.ip.v6 ? 128 : 32))
		return false;
	lit->ip = addr.ip;
	lit->prefix = (uint8_t)prefix;
	return true;
}

int sr_lit_hex(struct sr_lit *lit, struct sr_arena *a)
{
	size_t n = lit->len / 2;
	char *out;

	if (lit->len % 2 || strspn(lit->text, "0123456789abcdefABCDEF") != lit->len)
		return -EINVAL;
	out = sr_arena_alloc(a, n + 1);
	if (!out)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		out[i] = (char)(digit(lit->text[2 * i]) << 4 | digit(lit->text[2 * i + 1]));
	out[n] = 0;
	lit->text = out;
	lit->len = n;
	return 0;
}
