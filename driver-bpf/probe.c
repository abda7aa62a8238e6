/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel and our rights offer: one row per requirement, with its remedy.
 * `sysreel doctor` shows all of them; a failed load is explained by the first that is missing. */
#include "driver-bpf/driver.h"
#include "driver-bpf/load_error.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

static bool have_cap(int cap)
{
	struct __user_cap_header_struct h = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { 0 };

	if (syscall(SYS_capget, &h, data))
		return false;
	return data[cap / 32].effective >> (cap % 32) & 1;
}

static int probe_kernel(struct sr_probe *p)
{
	struct utsname u;
	unsigned int major = 0, minor = 0;

	if (uname(&u))
		return 0;
	(void)snprintf(p->detail, sizeof(p->detail), "%s", u.release);
	if (sscanf(u.release, "%u.%u", &major, &minor) != 2)
		return 0;
	return major > 5 || (major == 5 && minor >= 17);
}

static int probe_bpf_cap(struct sr_probe *p)
{
	bool bpf = have_cap(39 /* CAP_BPF */), admin = have_cap(CAP_SYS_ADMIN);

	(void)snprintf(p->detail, sizeof(p->detail), "%s",
		       bpf     ? "CAP_BPF"
		       : admin ? "CAP_SYS_ADMIN"
			       : "not held");
	return bpf || admin;
}

static int probe_perfmon_cap(struct sr_probe *p)
{
	bool perfmon = have_cap(38 /* CAP_PERFMON */), admin = have_cap(CAP_SYS_ADMIN);

	(void)snprintf(p->detail, sizeof(p->detail), "%s",
		       perfmon ? "CAP_PERFMON"
		       : admin ? "CAP_SYS_ADMIN"
			       : "not held");
	return perfmon || admin;
}

static int probe_btf(struct sr_probe *p)
{
	const char *path = "/sys/kernel/btf/vmlinux";

	(void)snprintf(p->detail, sizeof(p->detail), "%s", path);
	return access(path, R_OK) == 0;
}

static int probe_tracepoints(struct sr_probe *p)
{
	struct btf *btf = btf__load_vmlinux_btf();
	int ok = btf && btf__find_by_name(btf, "btf_trace_sys_enter") > 0;

	(void)snprintf(p->detail, sizeof(p->detail), "sys_enter, sys_exit %s",
		       ok ? "in BTF" : "not found");
	btf__free(btf);
	return ok;
}

static int probe_storage(struct sr_probe *p)
{
	int rc = libbpf_probe_bpf_map_type(BPF_MAP_TYPE_TASK_STORAGE, NULL);

	(void)snprintf(p->detail, sizeof(p->detail), "BPF task storage%s",
		       rc < 0 ? " (could not be tried)" : "");
	return rc == 1;
}

static int probe_ringbuf(struct sr_probe *p)
{
	int rc = libbpf_probe_bpf_map_type(BPF_MAP_TYPE_RINGBUF, NULL);

	(void)snprintf(p->detail, sizeof(p->detail), "BPF ring buffer%s",
		       rc < 0 ? " (could not be tried)" : "");
	return rc == 1;
}

static int probe_lockdown(struct sr_probe *p)
{
	char line[160] = "";
	FILE *f = fopen("/sys/kernel/security/lockdown", "re");

	if (f) {
		if (!fgets(line, sizeof(line), f))
			line[0] = '\0';
		(void)fclose(f); /* only read from */
	}
	line[strcspn(line, "\n")] = '\0';
	(void)snprintf(p->detail, sizeof(p->detail), "%s", line[0] ? line : "not in force");
	return !strstr(line, "[confidentiality]");
}

static const struct {
	const char *name;
	int (*run)(struct sr_probe *p); /* 1 fine, 0 missing */
	const char *remedy;
	bool in_types; /* it looks into those of the running kernel */
} probes[] = {
	{ "kernel 5.17 or newer", probe_kernel, "boot a newer kernel; 6.1 and later are tested",
	  false },
	{ "right to load BPF programs", probe_bpf_cap,
	  "run as root, or give the binary the capabilities: setcap cap_bpf,cap_perfmon=ep sysreel",
	  false },
	{ "right to trace", probe_perfmon_cap,
	  "run as root, or give the binary the capabilities: setcap cap_bpf,cap_perfmon=ep sysreel",
	  false },
	{ "lockdown allows tracing", probe_lockdown,
	  "the kernel is in lockdown mode 'confidentiality', which forbids tracing: boot with lockdown=integrity",
	  false },
	{ "type information of the kernel (BTF)", probe_btf,
	  "use a kernel built with CONFIG_DEBUG_INFO_BTF=y (all current distributions do), or name a BTF file of this very kernel with --btf FILE",
	  true },
	{ "tracepoints of system calls", probe_tracepoints,
	  "the kernel needs CONFIG_FTRACE_SYSCALLS=y", true },
	{ "task storage", probe_storage, "the kernel needs CONFIG_BPF_SYSCALL=y and 5.17 or newer",
	  false },
	{ "ring buffer", probe_ringbuf, "the kernel needs CONFIG_BPF_SYSCALL=y and 5.17 or newer",
	  false },
};

size_t sr_driver_probe(struct sr_probe *out, size_t max)
{
	size_t n = sizeof(probes) / sizeof(probes[0]);

	if (n > max)
		n = max;
	for (size_t i = 0; i < n; i++) {
		out[i] = (struct sr_probe){ .name = probes[i].name, .remedy = probes[i].remedy };
		out[i].state = probes[i].run(&out[i]);
	}
	return n;
}

/* The first complaint of libbpf or of the verifier, for those cases that no probe explains. */
static _Thread_local char last_note[SR_LOAD_NOTE_LEN];

void sr_load_error_reset(void)
{
	last_note[0] = '\0';
}

void sr_load_error_note(const char *msg)
{
	if (!strncmp(msg, "libbpf: ", 8))
		msg += 8;
	if (strstr(msg, "Retrying")) /* it went on */
		return;
	if (!last_note[0] && (strstr(msg, "failed") || strstr(msg, "Error")))
		(void)snprintf(last_note, sizeof(last_note), "%.*s", (int)strcspn(msg, "\n"), msg);
}

const char *sr_load_error_last(void)
{
	return last_note;
}

int sr_load_error_explain(int code, const char *note, bool types_given, struct sr_err *err)
{
	struct sr_probe p[16];
	size_t n = sr_driver_probe(p, sizeof(p) / sizeof(p[0]));

	for (size_t i = 0; i < n; i++)
		if (p[i].state == 0 && !(types_given && probes[i].in_types))
			return sr_err_set(err, code, SR_NO_POS,
					  "cannot load the driver: %s is missing (%s); %s",
					  p[i].name, p[i].detail, p[i].remedy);
	return sr_err_set(err, code, SR_NO_POS,
			  "cannot load the driver: %s%s%s; 'sysreel doctor' checks what it needs",
			  strerror(-code), note[0] ? ": " : "", note);
}
