/* SPDX-License-Identifier: Apache-2.0 */
/* Did something try to get out of its container, or tamper with the host? */
#include "chisels/plugins/kit.h"

enum {
	F_PID,
	F_CONTAINER,
	F_ID,
	F_NAME,
	F_TYPE,
	F_RES,
	F_CALL,
	F_PATH,
	F_FD,
	F_WRITES,
	F_ADDR,
	F_MEMFD,
	F_DELETED,
	F_FLAGS,
	NFIELDS
};

static const struct sysreel_field fields[NFIELDS] = {
	[F_PID] = { .name = "proc.pid", .type = SYSREEL_INT },
	[F_CONTAINER] = { .name = "container.name", .type = SYSREEL_STR },
	[F_ID] = { .name = "container.id", .type = SYSREEL_STR },
	[F_NAME] = { .name = "proc.name", .type = SYSREEL_STR },
	[F_TYPE] = { .name = "evt.type", .type = SYSREEL_STR },
	[F_RES] = { .name = "evt.res", .type = SYSREEL_STR },
	[F_CALL] = { .name = "evt.call", .type = SYSREEL_STR },
	[F_PATH] = { .name = "fs.path.name", .type = SYSREEL_STR },
	[F_FD] = { .name = "fd.name", .type = SYSREEL_STR },
	[F_WRITES] = { .name = "evt.is_open_write", .type = SYSREEL_BOOL },
	[F_ADDR] = { .name = "evt.arg.addr", .type = SYSREEL_STR },
	[F_MEMFD] = { .name = "proc.is_exe_from_memfd", .type = SYSREEL_BOOL },
	[F_DELETED] = { .name = "proc.is_exe_deleted", .type = SYSREEL_BOOL },
	[F_FLAGS] = { .name = "evt.arg.flags", .type = SYSREEL_STR },
};

static const struct sysreel_arg args[] = {
	{ .name = "host",
	  .type = SYSREEL_BOOL,
	  .def = "no",
	  .help = "also processes outside of containers" },
	{ .name = "runtime",
	  .type = SYSREEL_BOOL,
	  .def = "no",
	  .help = "also the runtime, runc, while it sets a container up" },
};

enum {
	C_TIME,
	C_PID,
	C_CONTAINER,
	C_PROCESS,
	C_SIGN,
	C_RES,
	C_CALL,
	NCOLS
};

static const struct sysreel_col cols[NCOLS] = {
	[C_TIME] = { .name = "time", .title = "TIME", .width = 18 },
	[C_PID] = { .name = "pid", .title = "PID", .width = 7 },
	[C_CONTAINER] = { .name = "container", .title = "CONTAINER", .width = 12 },
	[C_PROCESS] = { .name = "process", .title = "PROCESS", .width = 15 },
	[C_SIGN] = { .name = "sign", .title = "SIGN", .width = 28 },
	[C_RES] = { .name = "result", .title = "RESULT", .width = 8 },
	[C_CALL] = { .name = "call", .title = "CALL" },
};

static const struct sysreel_table_def table = KIT_TABLE(cols, SYSREEL_TABLE_STREAM);

struct state {
	const struct sysreel_host *h;
	struct sysreel_table *t;
	int host, runtime;
};

/* Calls that say enough by themselves. The filter below lists them too. */
static const struct {
	const char *type, *sign;
} calls[] = {
	{ "setns", "enters another namespace" },
	{ "mount", "mounts" },
	{ "umount2", "unmounts" },
	{ "move_mount", "mounts" },
	{ "fsmount", "mounts" },
	{ "open_tree", "takes a mount" },
	{ "pivot_root", "changes its root" },
	{ "chroot", "changes its root" },
	{ "ptrace", "looks into a process" },
	{ "process_vm_readv", "reads a process's memory" },
	{ "process_vm_writev", "writes a process's memory" },
	{ "init_module", "loads a kernel module" },
	{ "finit_module", "loads a kernel module" },
	{ "delete_module", "unloads a kernel module" },
	{ "kexec_load", "loads another kernel" },
	{ "kexec_file_load", "loads another kernel" },
	{ "bpf", "talks to the kernel's BPF" },
	{ "open_by_handle_at", "opens a file without a path" },
	{ "mknod", "makes a device or fifo" },
	{ "mknodat", "makes a device or fifo" },
};

/* Files that containers have no business with: @end means the path ends so, else it begins so. */
static const struct {
	const char *path, *sign;
	int end, writing;
} files[] = {
	{ "/proc/sys/kernel/core_pattern", "sets the host's core handler", 0, 1 },
	{ "/proc/sys/kernel/modprobe", "sets the host's modprobe", 0, 1 },
	{ "/proc/sys/fs/binfmt_misc/", "sets a binary handler", 0, 1 },
	{ "/proc/sysrq-trigger", "commands the kernel", 0, 1 },
	{ "/sys/kernel/uevent_helper", "sets the host's uevent helper", 0, 1 },
	{ "/release_agent", "sets a cgroup's release agent", 1, 1 },
	{ "/notify_on_release", "turns on a release agent", 1, 1 },
	{ "/proc/1/root", "goes through the root of init", 0, 0 },
	{ "/proc/kcore", "reads kernel memory", 0, 0 },
	{ "/dev/mem", "opens physical memory", 0, 0 },
	{ "/dev/kmem", "opens kernel memory", 0, 0 },
	{ "/dev/sd", "opens a disk", 0, 0 },
	{ "/dev/nvme", "opens a disk", 0, 0 },
	{ "/dev/vd", "opens a disk", 0, 0 },
	{ "/dev/dm-", "opens a disk", 0, 0 },
	{ "/etc/ld.so.preload", "sets a library for all programs", 0, 1 },
	{ "/docker.sock", "opens the runtime's socket", 1, 0 },
	{ "/containerd.sock", "opens the runtime's socket", 1, 0 },
};

static int ends(const struct sysreel_str *s, const char *tail)
{
	size_t len = strlen(tail);

	return s->len >= len && memcmp(s->p + s->len - len, tail, len) == 0;
}

static const char *sign_of_file(const struct sysreel_str *path, int writing)
{
	for (size_t i = 0; i < KIT_N(files); i++)
		if ((writing || !files[i].writing) &&
		    (files[i].end ? ends(path, files[i].path) : kit_starts(path, files[i].path)))
			return files[i].sign;
	if (writing && kit_starts(path, "/proc/") && ends(path, "/mem"))
		return "writes a process's memory";
	return NULL;
}

static const char *sign_of_exec(const struct sysreel_batch *b, uint32_t row)
{
	if (kit_true(b, F_MEMFD, row))
		return "runs a program from memory";
	return kit_true(b, F_DELETED, row) ? "runs a deleted program" : NULL;
}

static const char *sign_of_connect(const struct sysreel_batch *b, uint32_t row)
{
	struct sysreel_str addr = kit_str(b, F_ADDR, row);

	if (kit_find(&addr, "docker.sock") || kit_find(&addr, "containerd.sock") ||
	    kit_find(&addr, "crio.sock"))
		return "talks to the runtime";
	return NULL;
}

static const char *sign_of(const struct sysreel_batch *b, uint32_t row)
{
	struct sysreel_value type = sysreel_cell(b, F_TYPE, row);
	struct sysreel_str path = kit_str(b, F_PATH, row);

	if (type.why)
		return NULL;
	for (size_t i = 0; i < KIT_N(calls); i++)
		if (kit_is(&type, calls[i].type))
			return calls[i].sign;
	if (kit_starts(&type.s, "exec"))
		return sign_of_exec(b, row);
	if (kit_is(&type, "connect"))
		return sign_of_connect(b, row);
	if (kit_is(&type, "unshare")) {
		struct sysreel_str flags = kit_str(b, F_FLAGS, row);

		return kit_find(&flags, "CLONE_NEW") ? "makes a namespace" : NULL;
	}
	return sign_of_file(&path, kit_true(b, F_WRITES, row) || kit_is(&type, "creat"));
}

static int wanted(const struct state *s, const struct sysreel_batch *b, uint32_t row)
{
	struct sysreel_value id = sysreel_cell(b, F_ID, row);
	struct sysreel_str name = kit_str(b, F_NAME, row);

	return (s->host || !kit_is(&id, "host")) && (s->runtime || !kit_starts(&name, "runc:["));
}

static int on_batch(void *state, const struct sysreel_batch *b)
{
	struct state *s = state;

	for (uint32_t row = 0; row < b->n; row++) {
		const char *sign = wanted(s, b, row) ? sign_of(b, row) : NULL;
		struct sysreel_value cells[NCOLS] = {
			[C_TIME] = sysreel_time(b->time[row]),
			[C_PID] = sysreel_cell(b, F_PID, row),
			[C_CONTAINER] = sysreel_cell(b, F_CONTAINER, row),
			[C_PROCESS] = sysreel_cell(b, F_NAME, row),
			[C_RES] = sysreel_cell(b, F_RES, row),
			[C_CALL] = sysreel_cell(b, F_CALL, row),
		};
		int rc;

		if (!sign)
			continue;
		cells[C_SIGN] = sysreel_text(sign, strlen(sign));
		rc = s->h->table_row(s->h, s->t, cells);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int init(const struct sysreel_host *h, void **state)
{
	struct state *s;
	int rc = kit_init(h, state, sizeof(*s), &table);

	if (rc < 0)
		return rc;
	s = *state;
	s->host = h->arg_int(h, "host") != 0;
	s->runtime = h->arg_int(h, "runtime") != 0;
	return 0;
}

static const struct sysreel_chisel chisel = {
	SYSREEL_CHISEL_HEAD,
	.name = "escape",
	.category = "Security",
	.summary = "Signs of attempts to leave a container or tamper with the host",
	.help = "Namespaces, mounts, ptrace, kernel modules, BPF, disks and memory devices, core_pattern and\n"
		"release_agent, the runtime's socket, programs that run from memory or were deleted. A sign is\n"
		"no proof: debuggers and builders do such things. Failed attempts are shown, too.\n"
		"What is called runc:[...] is taken for the runtime; a process may call itself so, which\n"
		"runtime=yes shows.\n"
		"\n"
		"  sysreel read web.reel -c escape evt.failed=false",
	.filter =
		"evt.type in (setns, unshare, mount, umount2, move_mount, fsmount, open_tree, pivot_root, "
		"chroot, ptrace, process_vm_readv, process_vm_writev, init_module, finit_module, "
		"delete_module, kexec_load, kexec_file_load, bpf, open_by_handle_at, mknod, mknodat, "
		"execve, execveat, connect, open, openat, openat2, creat)",
	.args = args,
	.nargs = KIT_N(args),
	.flags = SYSREEL_MERGEABLE,
	.fields = fields,
	.nfields = NFIELDS,
	.init = init,
	.on_batch = on_batch,
	.fini = free,
};

SYSREEL_CHISEL_EXPORT(chisel)
